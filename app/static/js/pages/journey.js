// The candidate's pages that show which answers are still being sent.

import "./site.js";
import "../recorder/drain.js";
