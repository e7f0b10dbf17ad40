// The practice page: the real recorder, without a limit; nothing leaves the browser and nothing is kept in it.

import { PracticeSink } from "./answer_sink.js";
import { page } from "./page.js";
import { wire } from "./wire.js";

wire(new PracticeSink(page));
