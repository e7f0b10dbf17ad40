// The page of an invitation link after the answers were sent.

import "./site.js";
import "../recorder/way_back.js";
