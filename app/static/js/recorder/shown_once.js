// Shows each recording once: while the recorder shows the recording that has just ended, the list of recordings leaves it
// out. If the recorder cannot play all of it, the list shows it too, but without a second button to keep it.

/** Set a property only if it changes, because assistive technology also reacts if the same value is written again. */
function hide(element, isHidden) {
  if (element && element.hidden !== isHidden) element.hidden = isHidden;
}

/** Hide the recording in `list` that the recorder shows, and the whole list if nothing else is in it. */
export function showOnce(list = document.getElementById("takes")) {
  if (!list) return;
  const { phase, take, playable } = document.getElementById("recorder")?.dataset ?? {};
  /** @type {NodeListOf<HTMLElement>} */
  const found = list.querySelectorAll("[data-take]");
  const cards = [...found];
  for (const card of cards) {
    const isReviewed = phase === "review" && card.dataset.take === take;
    hide(card, isReviewed && playable === "true");
    hide(card.querySelector("[data-keep]"), isReviewed);
  }
  hide(
    list,
    cards.every((card) => card.hidden),
  );
}
