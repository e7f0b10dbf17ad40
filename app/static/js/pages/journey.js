// The pages of the journey that tell what is still being sent.

import "./site.js";
import "../recorder/drain.js";
