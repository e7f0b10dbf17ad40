// The pages with a recorder: a question, and practice. This script records and keeps an answer. It loads
// recorder/later.js, which includes the site script.

import { ignoreDoublePresses } from "../double_press.js";
import { beginPractice } from "../recorder/practice_page.js";
import { beginQuestion } from "../recorder/question_page.js";
import { page } from "../recorder/words.js";

ignoreDoublePresses();
if (page.mode === "practice") beginPractice();
else beginQuestion();
