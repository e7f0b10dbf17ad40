// Saves the reviewer's own score while they type. Unsaved text is kept in this browser until it is saved. If another
// tab has saved a score in the meantime, it is shown and not overwritten.

import { say } from "../recorder/silence.js";
import { isPassing } from "../refusal.js";
import { fillIn, textOf, unsavedVersions, valuesOf } from "../typed/forms.js";
import { Kept } from "../typed/kept.js";
import { offerVersions } from "../typed/offer.js";
import { renewFormToken } from "../typed/token.js";

const QUIET_MS = 1000; // time after the last key press
const AGAIN_MS = 5000;
const ANSWER_MS = 30_000; // a server that has not answered after this time counts as unavailable
const STALE = [400, 401]; // signed out, or signed in again in another tab, so the form token is no longer valid

export class Score {
  constructor(form) {
    this.form = form;
    this.kept = new Kept("form", form.dataset.owner, form.dataset.keepScore);
    this.kept.announceIn(form);
    this.state = form.querySelector("[data-score-state]");
    this.conflict = form.querySelector("[data-score-conflict]");
    this.timer = 0;
    this.sent = this.#saved();
    this.#restore();
    form.addEventListener("input", () => this.#changed());
    this.conflict.querySelector("[data-score-mine]").addEventListener("click", () => this.#saveMine());
    addEventListener("pagehide", () => this.#isUnsaved() && this.conflict.hidden && this.#send({ keepalive: true }).catch(() => {}));
  }

  #typed() {
    const typed = new FormData(this.form);
    return JSON.stringify([typed.get("level"), typed.get("comment")]);
  }

  /** Return what the page had when it arrived. A browser that went back shows what was typed. */
  #saved() {
    const level = [...this.form.elements].find((control) => control.name === "level" && control.defaultChecked);
    return JSON.stringify([level?.value ?? null, this.form.comment.defaultValue]);
  }

  #isUnsaved() {
    return this.#typed() !== this.sent;
  }

  #changed() {
    this.#keep();
    if (this.conflict.hidden) this.#saveSoon(QUIET_MS);
  }

  #keep() {
    this.isKept = this.kept.write({ ...valuesOf(this.form), version: Number(this.form.version.value) });
  }

  #saveSoon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#save(), wait);
  }

  async #save() {
    if (!this.#isUnsaved() || this.saving) return;
    this.saving = true;
    this.wait = QUIET_MS;
    this.#tell(this.form.dataset.saving);
    const typed = this.#typed();
    try {
      await this.#read(await this.#send(), typed);
    } catch {
      this.#tell(this.isKept ? this.form.dataset.unsaved : this.form.dataset.unkept, "unsaved");
      this.wait = AGAIN_MS;
    }
    this.saving = false;
    if (this.#isUnsaved() && this.conflict.hidden && !this.refused) this.#saveSoon(this.wait);
  }

  #send(options = {}) {
    return fetch(this.form.action, {
      method: "POST",
      body: new FormData(this.form),
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(ANSWER_MS),
      ...options,
    });
  }

  async #read(answer, typed) {
    if (STALE.includes(answer.status) && !this.isRenewed) return this.#signedOut();
    if (isPassing(answer.status)) throw new Error("not saved yet");
    const said = await answer.json(); // fails for pages of a proxy
    this.refused = this.isRenewed = false;
    if (answer.status === 409) {
      const { saved } = said;
      const isSame = JSON.stringify([saved.level === null ? null : String(saved.level), saved.comment]) === typed;
      if (saved.is_in || !isSame) return this.#showConflict(saved);
      said.version = saved.version; // the text sent while the page was closing had arrived
    } else if (!answer.ok) {
      if (!said.message) throw new Error("not a response of this application");
      this.refused = true;
      return this.#tell(this.form.dataset.refused.replace("{reason}", said.message), "refused");
    }
    if (!Number.isInteger(said.version)) throw new Error("not a response of this application");
    this.form.version.value = said.version;
    this.sent = typed;
    if (!this.#isUnsaved()) this.kept.forget();
    this.#tell(this.form.dataset.saved);
  }

  /** Wait until the user has signed in again, for example in another tab, then continue. */
  async #signedOut() {
    this.isRenewed = await renewFormToken();
    if (this.isRenewed) return;
    this.#tell(this.form.dataset.signedOut, "unsaved");
    this.wait = AGAIN_MS;
  }

  #showConflict(saved) {
    const level = this.form.querySelector(`#level-${saved.level}`)?.labels[0].textContent;
    const there = [level, saved.comment].filter(Boolean).join(". ");
    this.theirs = saved.version;
    this.conflict.hidden = saved.is_in;
    this.refused = saved.is_in;
    this.#tell(this.form.dataset.changed.replace("{saved}", there), "changed");
  }

  #saveMine() {
    this.form.version.value = this.theirs;
    this.conflict.hidden = true;
    this.form.comment.focus();
    this.#save();
  }

  /**
   * Restore the latest text that could not be saved, unless a score was saved since then. Offer others, such as one from
   * another tab.
   */
  #restore() {
    const others = unsavedVersions(this.kept, this.form);
    if (others[0]?.work.version === Number(this.form.version.value)) {
      const latest = others.shift();
      fillIn(this.form, latest.work);
      this.#keep();
      if (this.isKept) this.kept.remove(latest.id);
      this.#tell(this.form.dataset.restored, "restored");
    }
    if (this.#isUnsaved()) this.#saveSoon(QUIET_MS);
    offerVersions(this.form.querySelector("[data-kept-offer]"), others, {
      textOf,
      restore: (version) => this.#replace(version),
      discard: (version) => this.#discard(version),
    });
  }

  #replace({ id, work }) {
    if (this.form.comment.value.trim()) {
      this.#keep(); // what it replaces is offered the next time, although it may be saved by now
      this.kept.setAside();
    }
    fillIn(this.form, work);
    this.#changed();
    if (this.isKept) this.kept.remove(id);
    return this.form.comment;
  }

  #discard({ id }) {
    this.kept.remove(id);
    return this.form.comment;
  }

  /** Show a message. Only problems are announced, because announcing every save would disturb. */
  #tell(words, aloud) {
    this.state.textContent = words;
    if (aloud && this.said !== words) say(words, aloud); // announced once, not for every attempt
    if (words !== this.form.dataset.saving) this.said = words;
  }
}
