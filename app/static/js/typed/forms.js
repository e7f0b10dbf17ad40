// Keeps the text typed in forms with data-keep in this browser until the server has saved it, and offers it when the
// form is opened again.

import { say } from "../recorder/silence.js";
import { Kept } from "./kept.js";

const TYPED = "textarea, select, input:not([type=hidden], [type=file], [type=password], [type=submit])";

function controlsOf(form) {
  return [...form.elements].filter((control) => control.id && control.matches(TYPED));
}

function valueOf(control) {
  return ["checkbox", "radio"].includes(control.type) ? control.checked : control.value;
}

function setValue(control, value) {
  if (typeof value === "boolean") control.checked = value;
  else control.value = value;
}

class KeptForm {
  #isOffered = false;

  constructor(form) {
    this.form = form;
    this.kept = new Kept("form", form.dataset.owner, form.dataset.keep);
    this.initial = this.#values();
    this.work = { ...this.kept.read()?.work }; // id of a control -> its typed value
    this.offer = form.querySelector("[data-kept-offer]");
    if (this.#missing().length) this.#show();
    else this.kept.adopt();
    this.kept.announceIn(form);
    for (const name of ["input", "change"]) form.addEventListener(name, () => this.#keep());
  }

  #values() {
    return Object.fromEntries(controlsOf(this.form).map((control) => [control.id, valueOf(control)]));
  }

  /** Return the controls whose value differs from what was typed. */
  #missing() {
    return controlsOf(this.form).filter((control) => {
      const typed = this.work[control.id];
      return (typed || control.type === "checkbox") && typed !== undefined && typed !== valueOf(control); // empty text is not offered
    });
  }

  #keep() {
    for (const [id, value] of Object.entries(this.#values())) {
      const isTyped = value !== this.initial[id] || (id in this.work && !this.#isOffered);
      if (isTyped) this.work[id] = value;
    }
    this.kept.write(this.work);
  }

  #show() {
    this.#isOffered = true;
    this.offer.hidden = false;
    say(this.offer.querySelector("p").textContent, "kept");
    this.offer.querySelector("[data-kept-restore]").addEventListener("click", () => this.#restore());
    this.offer.querySelector("[data-kept-discard]").addEventListener("click", () => this.#discard());
  }

  #restore() {
    const controls = this.#missing();
    for (const control of controls) setValue(control, this.work[control.id]);
    this.#answered(controls[0]);
    this.#keep();
  }

  #discard() {
    this.work = {};
    this.kept.forget();
    this.#answered(controlsOf(this.form)[0]);
  }

  #answered(control) {
    this.#isOffered = false;
    this.offer.hidden = true;
    control?.closest("details")?.setAttribute("open", "");
    control?.focus();
  }
}

/** Keep the text typed in all forms of this page with data-keep. */
export function keepForms() {
  for (const form of document.querySelectorAll("form[data-keep]")) new KeptForm(form);
}
