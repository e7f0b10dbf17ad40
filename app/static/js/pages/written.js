// The page of a written answer.

import "./site.js";
import "../written.js";
