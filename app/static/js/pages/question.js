// The page of a question with its recorder.

import "./site.js";
import "../recorder/question_page.js";
