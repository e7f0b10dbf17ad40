// The page of the caption editor.

import "./site.js";
import "../captions/editor.js";
