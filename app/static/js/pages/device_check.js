// The check of camera and microphone.

import "./site.js";
import "../recorder/device_check.js";
