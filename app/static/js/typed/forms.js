// Keeps the text typed in forms with data-keep in this browser until the server has saved it, and offers it when the
// form is opened again.

import { Kept } from "./kept.js";
import { offerVersions } from "./offer.js";

const TYPED = "textarea, select, input:not([type=hidden], [type=file], [type=password], [type=submit])";
const CHECKED = ["checkbox", "radio"];

function controlsOf(form) {
  return [...form.elements].filter((control) => control.id && control.matches(TYPED));
}

/** Return the name under which a control's value is kept. It stays the same if the page has fewer rows than before. */
function nameOf(control) {
  return control.dataset.keepAs ?? control.id;
}

function valueOf(control) {
  return CHECKED.includes(control.type) ? control.checked : control.value;
}

/** Return the value that the page had when it arrived. */
function firstValueOf(control) {
  if (CHECKED.includes(control.type)) return control.defaultChecked;
  if (control.matches("select")) {
    return [...control.options].find((option) => option.defaultSelected)?.value ?? control.options[0]?.value ?? "";
  }
  return control.defaultValue;
}

function setValue(control, value) {
  if (typeof value === "boolean") control.checked = value;
  else control.value = value;
}

/** Return the values of the controls of a form by name: those that it shows, or those with which it arrived. */
export function valuesOf(form, read = valueOf) {
  return Object.fromEntries(controlsOf(form).map((control) => [nameOf(control), read(control)]));
}

/** Return the names under which a form lacks what was typed. Empty text does not count. */
export function missingIn(form, work, read = valueOf) {
  const controls = new Map(controlsOf(form).map((control) => [nameOf(control), control]));
  return Object.keys(work).filter((name) => {
    const [typed, control] = [work[name], controls.get(name)];
    if (!control) return typeof typed === "string" && typed.trim(); // the page has fewer rows than before
    return (typed || control.type === "checkbox") && typed !== read(control);
  });
}

/** Show kept values in a form. Returns the controls that changed. */
export function fillIn(form, work) {
  const names = missingIn(form, work);
  const controls = controlsOf(form).filter((control) => names.includes(nameOf(control)));
  for (const control of controls) setValue(control, work[nameOf(control)]);
  return controls;
}

/** Return kept values as text, for a person to read and copy. */
export function textOf(work) {
  return Object.values(work)
    .filter((value) => typeof value === "string" && value.trim())
    .join("\n");
}

/** Return the kept versions that the server does not have, and delete the others. */
export function unsavedVersions(kept, form) {
  if (document.body.dataset.keptAgain) return kept.versions(); // a returned form shows what was typed, not what is saved
  const isUnsaved = ({ work }) => missingIn(form, work, firstValueOf).length > 0;
  for (const version of kept.versions()) if (!isUnsaved(version)) kept.remove(version.id);
  return kept.versions();
}

class KeptForm {
  constructor(form) {
    this.form = form;
    this.kept = new Kept("form", form.dataset.owner, form.dataset.keep);
    this.initial = valuesOf(form, firstValueOf);
    this.work = this.kept.continued((work) => !missingIn(form, work).length) ?? {}; // name -> typed value
    this.#keep(); // a browser that went back shows what was typed
    const versions = unsavedVersions(this.kept, form).filter(({ work }) => missingIn(form, work).length);
    offerVersions(form.querySelector("[data-kept-offer]"), versions, {
      textOf,
      restore: (version) => this.#restore(version),
      discard: (version) => this.#discard(version),
    });
    this.kept.announceIn(form);
    for (const name of ["input", "change"]) form.addEventListener(name, () => this.#keep());
  }

  /** Returns false if the browser could not keep the text. */
  #keep() {
    for (const [name, value] of Object.entries(valuesOf(this.form))) {
      if (value !== this.initial[name] || name in this.work) this.work[name] = value;
    }
    return Object.keys(this.work).length > 0 && this.kept.write(this.work);
  }

  #restore({ id, work }) {
    const names = missingIn(this.form, work);
    if (names.some((name) => this.work[name])) this.kept.setAside(); // what it replaces is offered the next time
    const [first] = fillIn(this.form, work);
    const isKept = this.#keep();
    if (isKept && !missingIn(this.form, work).length) this.kept.remove(id);
    return this.#open(first);
  }

  #discard({ id }) {
    this.kept.remove(id);
    return this.#open(controlsOf(this.form)[0]);
  }

  /** Open the part of the page that hides a control, and return the control. */
  #open(control) {
    control?.closest("details")?.setAttribute("open", "");
    return control;
  }
}

/** Keep the text typed in all forms of this page with data-keep. */
export function keepForms() {
  for (const form of document.querySelectorAll("form[data-keep]")) new KeptForm(form);
}
