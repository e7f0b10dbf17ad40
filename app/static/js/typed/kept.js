// Keeps text that the server has not saved yet in this browser, under the id of the person who typed it. It is never
// offered to another person who uses this browser.
//
// Each opened page keeps its text as a version of its own, so that two tabs with the same form never overwrite each
// other's text.

const PREFIX = "fairtake.";
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;
const ID_BYTES = 16;
const ID = /^[0-9a-f]{32}$/;
const MAX_VERSIONS = 20; // of one form; more than the tabs that a person has open

/** @typedef {{id: string, at: number, work: any}} Version */
/** @typedef {{id?: any, at?: any, work: any, older?: Entry[]}} Entry */

export class Kept {
  /** @type {HTMLInputElement | null} */
  #field = null;
  #isSent = false; // whether the form was sent since the text was kept last

  /**
   * `kind` and `name` say what is being written (an answer, a note), and `owner` is the id of the person who writes
   * it.
   * @param {string} kind
   * @param {string} owner
   * @param {string} name
   */
  constructor(kind, owner, name) {
    this.place = `${PREFIX}${kind}.${owner}.${name}`;
    this.id = randomId(); // identifies this page's version; sent with the form, so that the server can report it as saved
    splitEntry(this.place);
  }

  /**
   * Return the versions that other pages have kept, the latest first.
   * @returns {Version[]}
   */
  versions() {
    return this.#all().filter(({ id }) => id !== this.id);
  }

  /** @returns {Version[]} */
  #all() {
    const found = storage((all) =>
      Object.keys(all)
        .filter((key) => key.startsWith(`${this.place}#`) && ID.test(key.slice(this.place.length + 1)))
        .map((key) => ({ at: 0, ...entryOf(all.getItem(key)), id: key.slice(-2 * ID_BYTES) }))
        .filter((entry) => "work" in entry),
    );
    return /** @type {Version[]} */ (found ?? []).sort((one, other) => other.at - one.at);
  }

  /**
   * Return the work that was sent with the form which the server has returned with this page, if the page shows it,
   * else null. This page then continues that version.
   * @param {(work: any) => boolean} isShown
   * @returns {any}
   */
  continued(isShown) {
    const version = this.#all().find(({ id }) => id === document.body.dataset.keptAgain);
    if (!version || !isShown(version.work)) return null;
    this.id = version.id;
    return version.work;
  }

  /**
   * Keep this work. Returns false if the browser refuses, so that only the page has it.
   * @param {any} work
   */
  write(work) {
    if (this.#isSent) this.setAside(); // the server saves what was sent, and not what is typed after that
    this.#isSent = false;
    const isWritten = this.#store(work);
    if (this.#field) this.#field.value = isWritten ? this.id : ""; // the server must not say that it is kept
    return isWritten;
  }

  /** Leave this page's version as it is, to be offered when the page is opened again, and begin another one. */
  setAside() {
    this.id = randomId();
  }

  /** Delete this page's version, because it was saved or discarded. */
  forget() {
    this.remove(this.id);
  }

  /**
   * Delete a version.
   * @param {string} id
   */
  remove(id) {
    storage((all) => all.removeItem(`${this.place}#${id}`));
  }

  /** @param {any} work */
  #store(work) {
    const same = this.#all().find(({ id }) => id === this.id);
    if (same && JSON.stringify(same.work) === JSON.stringify(work)) return true; // the time is that of the last change
    const isStored = storage((all) => {
      all.setItem(`${this.place}#${this.id}`, JSON.stringify({ id: this.id, at: Date.now(), work }));
      return true;
    });
    for (const oldest of this.#all().slice(MAX_VERSIONS)) this.remove(oldest.id);
    return isStored ?? false;
  }

  /**
   * Add the id of this work to a form, so that it is sent with it.
   * @param {HTMLFormElement} form
   */
  announceIn(form) {
    const field = form.elements.kept ?? form.appendChild(document.createElement("input"));
    this.#field = Object.assign(field, { type: "hidden", name: "kept", value: this.id });
    form.addEventListener("submit", (event) => (this.#isSent = !event.defaultPrevented));
  }
}

/**
 * Delete the work with these ids, because the server has saved it. Text typed since then has another id and is kept.
 * @param {string[]} ids
 */
export function forgetSaved(ids) {
  forgetWhere((entry) => ids.includes(entry.id));
}

/** @param {(entry: Entry) => boolean} isOver */
function forgetWhere(isOver) {
  storage((all) => {
    for (const key of Object.keys(all).filter((one) => one.startsWith(PREFIX))) {
      const entry = entryOf(all.getItem(key));
      if (entry && isOver(entry)) all.removeItem(key);
    }
  });
}

/**
 * Store what an earlier release kept under one key, with older work inside it, as versions.
 * @param {string} place
 */
function splitEntry(place) {
  storage((all) => {
    const stored = all.getItem(place);
    if (stored === null) return;
    const entry = entryOf(stored) ?? { work: stored }; // the earliest releases stored only the text
    for (const { id, at, work } of [entry, ...(entry.older ?? [])]) {
      const version = ID.test(id) ? id : randomId();
      all.setItem(`${place}#${version}`, JSON.stringify({ id: version, at: at ?? Date.now(), work }));
    }
    all.removeItem(place);
  });
}

/**
 * @param {string | null} stored
 * @returns {Entry | null}
 */
function entryOf(stored) {
  try {
    const entry = JSON.parse(stored ?? "null");
    return entry && typeof entry === "object" && "work" in entry ? entry : null;
  } catch {
    return null;
  }
}

/**
 * Use the storage of this browser. Returns null if it is blocked or full.
 * @template T
 * @param {(all: Storage) => T} use
 * @returns {T | null}
 */
function storage(use) {
  try {
    return use(localStorage) ?? null;
  } catch {
    return null;
  }
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

forgetWhere(({ at }) => Date.now() - at > MAX_AGE_MS);
