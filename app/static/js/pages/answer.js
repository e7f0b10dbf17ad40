// The reviewer's page of an answer.

import "./site.js";
import "../review/desk.js";
