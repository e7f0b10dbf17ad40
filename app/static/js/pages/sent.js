// The page of an invitation link after sending.

import "./site.js";
import "../recorder/way_back.js";
