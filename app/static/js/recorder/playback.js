// Playing back what was just recorded, from the browser, before the server has prepared it.

import { text } from "./page.js";

export class Playback {
  #sessions = [];
  #urls = [];

  constructor(place) {
    this.place = place;
  }

  /** Forget what there was: another take begins. */
  clear() {
    this.#sessions = [];
    this.#empty();
  }

  /** A recorder session begins. Its Blobs stay with the browser, on disk when they are large, not in this page. */
  open(type) {
    this.#sessions.push({ type, blobs: [] });
  }

  add(blob) {
    this.#sessions.at(-1).blobs.push(blob);
  }

  /** Make a player for each session. Nothing plays by itself. */
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
    const player = document.createElement(kind === "video" ? "video" : "audio");
    Object.assign(player, { controls: true, preload: "metadata", src: url, playsInline: true });
    player.setAttribute("aria-label", label);
    // A recording fresh from the browser does not know its own length until it has been read to the end.
    player.addEventListener("loadedmetadata", () => {
      if (player.duration !== Infinity) return;
      player.addEventListener("durationchange", () => (player.currentTime = 0), { once: true });
      player.currentTime = 1e7;
    }, { once: true });
    return player;
  }

  #empty() {
    this.place.replaceChildren();
    this.#urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  }
}
