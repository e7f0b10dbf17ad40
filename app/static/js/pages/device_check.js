// The page that checks the camera and microphone. It has no form to keep and no htmx, so it leaves out pages/site.js.

import { ignoreDoublePresses } from "../double_press.js";
import { beginPageParts } from "../page_parts.js";
import "../recorder/device_check.js";

ignoreDoublePresses();
beginPageParts();
