// The page that checks the camera and microphone.

import "./site.js";
import "../recorder/device_check.js";
