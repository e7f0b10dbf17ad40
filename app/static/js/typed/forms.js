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
  constructor(form) {
    this.form = form;
    this.kept = new Kept("form", form.dataset.owner, form.dataset.keep);
    this.initial = this.#values();
    this.work = {}; // id of a control -> its typed value
    this.offer = form.querySelector("[data-kept-offer]");
    const latest = this.kept.read()?.work ?? {};
    if (!this.#missing(latest).length) this.work = { ...latest }; // the page shows it, such as a form that came back with an error
    const offered = this.kept.offered((work) => !this.#missing(work).length);
    if (offered) this.#show(offered.work);
    this.kept.announceIn(form);
    for (const name of ["input", "change"]) form.addEventListener(name, () => this.#keep());
  }

  #values() {
    return Object.fromEntries(controlsOf(this.form).map((control) => [control.id, valueOf(control)]));
  }

  /** Return the controls whose value differs from what was typed. */
  #missing(work) {
    return controlsOf(this.form).filter((control) => {
      const typed = work[control.id];
      return (typed || control.type === "checkbox") && typed !== undefined && typed !== valueOf(control); // empty text is not offered
    });
  }

  #keep() {
    for (const [id, value] of Object.entries(this.#values())) {
      if (value !== this.initial[id] || id in this.work) this.work[id] = value;
    }
    if (Object.keys(this.work).length) this.kept.write(this.work);
    else this.kept.forget();
  }

  #show(work) {
    this.offer.hidden = false;
    say(this.offer.querySelector("p").textContent, "kept");
    this.offer.querySelector("[data-kept-restore]").addEventListener("click", () => this.#restore(work));
    this.offer.querySelector("[data-kept-discard]").addEventListener("click", () => this.#discard());
  }

  #restore(work) {
    const controls = this.#missing(work);
    const isTypedOver = controls.some((control) => this.work[control.id]);
    this.kept.decide(isTypedOver ? { ...this.work } : undefined);
    for (const control of controls) setValue(control, work[control.id]);
    this.#answered(controls[0]);
  }

  #discard() {
    this.kept.decide();
    this.#answered(controlsOf(this.form)[0]);
  }

  #answered(control) {
    this.#keep();
    this.offer.hidden = true;
    control?.closest("details")?.setAttribute("open", "");
    control?.focus();
  }
}

/** Keep the text typed in all forms of this page with data-keep. */
export function keepForms() {
  for (const form of document.querySelectorAll("form[data-keep]")) new KeptForm(form);
}
