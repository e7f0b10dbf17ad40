// Shows what belongs to a phase of the recorder. data-phases says in which phases an element is shown.

/** Set a property only if it changes, because assistive technology also reacts if the same value is written again. */
export function set(element, name, value) {
  if (element && element[name] !== value) element[name] = value;
}

/**
 * Show the elements of a phase. While devices are being opened, those of the phase before stay.
 * @param {{phase: string, from: string}} state
 */
export function showPhase({ phase, from }) {
  set(document.getElementById("recorder")?.dataset, "phase", phase);
  for (const found of document.querySelectorAll("[data-phases]")) {
    const element = /** @type {HTMLElement} */ (found);
    const phases = element.dataset.phases?.split(" ") ?? [];
    set(element, "hidden", !phases.includes(phase) && !(phase === "preparing" && phases.includes(from)));
  }
}
