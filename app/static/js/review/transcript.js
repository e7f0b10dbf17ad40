// The transcript next to the player: each cue is a button that seeks, and the current cue is marked and optionally
// followed. Only the transcript scrolls. Scrolling never moves the focus, and stops while the focus is in the
// transcript.

import { goInto } from "./seek.js";

const FOLLOW = "fairtake.follow";

export class Transcript {
  constructor(list, media) {
    this.list = list;
    this.media = media;
    this.cues = [...list.querySelectorAll("a[data-start]")].map(asButton);
    this.starts = this.cues.map((cue) => Number(cue.dataset.start) / 1000);
    this.current = null;
    this.following = remembered();
    list.addEventListener("click", (event) => this.#seekTo(event.target.closest("button[data-start]")));
    for (const name of ["timeupdate", "seeking", "seeked", "loadedmetadata"]) media.addEventListener(name, () => this.#mark());
    media.addEventListener("play", () => this.#markFrames());
    this.#connectFollow();
    this.#connectSteps();
    this.#mark();
  }

  /** Connect the player's buttons for the previous and next cue. */
  #connectSteps() {
    for (const [name, step] of Object.entries({ previous: -1, next: 1 })) {
      /** @type {HTMLButtonElement} */
      const button = document.querySelector(`[data-do="${name}"]`);
      button.hidden = this.cues.length === 0;
      button.onclick = () => this.#seekTo(this.cues[Math.min(Math.max(this.#place() + step, 0), this.cues.length - 1)]);
    }
  }

  #seekTo(cue) {
    if (!cue) return;
    goInto(this.media, Number(cue.dataset.start));
    this.#mark();
  }

  /** Update the mark with every frame during playback, because timeupdate comes only four times a second. */
  #markFrames() {
    if (!this.media.requestVideoFrameCallback || this.media.paused) return;
    this.#mark();
    this.media.requestVideoFrameCallback(() => this.#markFrames());
  }

  #mark() {
    const cue = this.cues[this.#place()] ?? null;
    if (cue === this.current) return;
    this.current?.removeAttribute("aria-current");
    cue?.setAttribute("aria-current", "true");
    this.current = cue;
    if (this.following) this.#scrollTo(cue);
  }

  /** Return the index of the last cue that has begun, or -1 before the first. */
  #place() {
    const now = this.media.currentTime + 0.001; // a seek may end slightly before its target
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= now) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #scrollTo(cue) {
    if (!cue || this.list.contains(document.activeElement)) return;
    const { list } = this;
    if (list.scrollHeight <= list.clientHeight) return; // the whole page scrolls, which only the user should do
    const above = cue.getBoundingClientRect().top - list.getBoundingClientRect().top;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    list.scrollTo({ top: list.scrollTop + above - list.clientHeight / 3, behavior: still ? "auto" : "smooth" });
  }

  #connectFollow() {
    const button = document.getElementById("follow");
    if (!button) return;
    const show = () => button.setAttribute("aria-pressed", String(this.following));
    button.hidden = false;
    button.addEventListener("click", () => {
      this.following = !this.following;
      remember(this.following);
      show();
      if (this.following) this.#scrollTo(this.current);
    });
    show();
  }
}

/** Replace the link of a cue, which works without scripts, with a button. The focus is kept. */
function asButton(link) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = link.className;
  button.dataset.start = link.dataset.start;
  button.append(...link.childNodes);
  const focused = document.activeElement === link;
  link.replaceWith(button);
  if (focused) button.focus({ preventScroll: true });
  return button;
}

function remembered() {
  try {
    return localStorage.getItem(FOLLOW) !== "no";
  } catch {
    return true; // storage may be blocked
  }
}

function remember(following) {
  try {
    localStorage.setItem(FOLLOW, following ? "yes" : "no");
  } catch {
    // Storage is blocked, so the choice lasts as long as the page.
  }
}
