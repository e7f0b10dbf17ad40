// The caption editor.

import "./site.js";
import "../captions/editor.js";
