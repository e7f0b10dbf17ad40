// The practice page: the real recorder without a limit. Nothing is sent or stored.

import { wire } from "./wire.js";
import { page } from "./words.js";

/** Replaces AnswerSink. Nothing is sent or stored. */
class PracticeSink {
  isDurable = true;
  recordedMs = 0;
  record = null;
  uploads = new Map();

  constructor(page) {
    this.page = page;
  }

  async begin() {
    this.recordedMs = 0;
    return this.page.limits;
  }

  async goOn() {
    return null;
  }

  open() {}

  add() {}

  async close(ms) {
    this.recordedMs += ms;
  }

  async stop() {}
}

/** Begin the recorder of the practice page. */
export function beginPractice({ takeOver }) {
  takeOver(wire(new PracticeSink(page)));
}
