// Plays the latest recording from the browser, before the server has processed it.

import { text } from "./words.js";

export class Playback {
  #sessions = [];
  #urls = [];

  constructor(place) {
    this.place = place;
  }

  /** Remove the previous recording, because another take begins. */
  clear() {
    this.#sessions = [];
    this.#empty();
  }

  /** Begin a recorder session. The browser stores large Blobs on disk, so they do not use the page's memory. */
  open(type) {
    this.#sessions.push({ type, blobs: [] });
  }

  add(blob) {
    this.#sessions.at(-1).blobs.push(blob);
  }

  /** Create a player for each session. Nothing plays automatically. */
  show(kind) {
    this.#empty();
    const sessions = this.#sessions.filter(({ blobs }) => blobs.length);
    sessions.forEach(({ type, blobs }, index) => {
      const url = URL.createObjectURL(new Blob(blobs, { type: type.split(";")[0] }));
      this.#urls.push(url);
      this.place.append(this.#player(kind, url, text("playback", { part: index + 1, parts: sessions.length })));
    });
    return sessions.length;
  }

  #player(kind, url, label) {
    const player = document.createElement(kind === "audio" ? "audio" : "video");
    Object.assign(player, { controls: true, preload: "metadata", src: url, playsInline: true });
    player.setAttribute("aria-label", label);
    // A new recording does not know its length until it has been read to the end.
    player.addEventListener(
      "loadedmetadata",
      () => {
        if (player.duration !== Infinity) return;
        player.addEventListener("durationchange", () => (player.currentTime = 0), { once: true });
        player.currentTime = 1e7;
      },
      { once: true },
    );
    return player;
  }

  #empty() {
    this.place.replaceChildren();
    this.#urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  }
}
