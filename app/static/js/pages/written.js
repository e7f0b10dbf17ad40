// An answer in writing.

import "./site.js";
import "../written.js";
