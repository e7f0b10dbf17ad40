// The reviewer's desk.

import "./site.js";
import "../review/desk.js";
