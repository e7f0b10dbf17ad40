// The pages with a recorder: a question, and practice. This script shows the recorder and takes a press of Start; it loads
// recorder/later.js, which has the rest.

import { ignoreDoublePresses } from "../double_press.js";
import { beginRecorder } from "../recorder/first.js";

ignoreDoublePresses();
beginRecorder();
