// The practice page.

import "./site.js";
import "../recorder/practice_page.js";
