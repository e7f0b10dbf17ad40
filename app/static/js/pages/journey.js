// The candidate's pages that show which answers are still being sent.

import "./site.js";
import "../recorder/drain.js";
import { showChecked } from "../recorder/checked.js";
import { protectSending } from "../recorder/protect_sending.js";

showChecked();
protectSending();
