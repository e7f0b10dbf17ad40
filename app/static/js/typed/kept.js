// Keeps text that the server has not saved yet in this browser, under the id of the person who typed it. It is never
// offered to another person who uses this browser.

const PREFIX = "fairtake.";
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;
const ID_BYTES = 16;
const MAX_OLDER = 4;

/** @typedef {{id?: any, at?: any, work: any, older?: Entry[]}} Entry */

export class Kept {
  /** Work that is kept beside newer work, because the person has not decided about it yet. @type {Entry[]} */
  #older = [];
  /** @type {HTMLInputElement | null} */
  #field = null;

  /**
   * `kind` and `name` say what is being written (an answer, a note), and `owner` is the id of the person who writes
   * it.
   * @param {string} kind
   * @param {string} owner
   * @param {string} name
   */
  constructor(kind, owner, name) {
    this.key = `${PREFIX}${kind}.${owner}.${name}`;
    this.id = randomId(); // identifies this text; sent with the form, so that the server can report it as saved
  }

  /** Return {work, at, id}, or null if nothing is kept. Earlier versions stored only the text. */
  read() {
    const stored = storage((all) => all.getItem(this.key));
    return stored === null ? null : (entryOf(stored) ?? { work: stored });
  }

  /**
   * Return the latest kept work that the page does not show, or null. It stays kept beside newer work until `decide`.
   * @param {(work: any) => boolean} isShown
   */
  offered(isShown) {
    const entry = this.read();
    const all = entry ? [entry, ...(entry.older ?? [])] : [];
    if (all.length && isShown(all[0].work)) this.id = all.shift().id ?? this.id; // such as a form that came back with an error
    this.#older = all.filter(({ work }) => !isShown(work));
    return this.#older[0] ?? null;
  }

  /**
   * The person has restored or discarded the work that was offered. `replaced` is typed work that it replaced on the
   * page: it is offered the next time.
   * @param {any} [replaced]
   */
  decide(replaced) {
    this.#older.shift();
    if (replaced !== undefined) this.#older.unshift({ id: randomId(), at: Date.now(), work: replaced });
  }

  /**
   * Keep this work. Returns false if the browser refuses, so that only the page has it.
   * @param {any} work
   */
  write(work) {
    const isWritten = this.#store({ id: this.id, at: Date.now(), work, older: this.#older.slice(0, MAX_OLDER) });
    if (this.#field) this.#field.value = isWritten ? this.id : ""; // the server must not say that it is kept
    return isWritten;
  }

  /** Delete the kept work, because it was saved or discarded. Work that is still offered is kept. */
  forget() {
    const [first, ...older] = this.#older;
    if (first) this.#store({ ...first, older });
    else storage((all) => all.removeItem(this.key));
  }

  /** @param {Entry} entry */
  #store(entry) {
    const isStored = storage((all) => {
      all.setItem(this.key, JSON.stringify(entry));
      return true;
    });
    return isStored ?? false;
  }

  /**
   * Add the id of this work to a form, so that it is sent with it.
   * @param {HTMLFormElement} form
   */
  announceIn(form) {
    const field = form.elements.kept ?? form.appendChild(document.createElement("input"));
    this.#field = Object.assign(field, { type: "hidden", name: "kept", value: this.id });
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
      const every = entry ? [entry, ...(entry.older ?? [])] : [];
      if (!every.some(isOver)) continue;
      const [first, ...older] = every.filter((one) => !isOver(one));
      if (first) all.setItem(key, JSON.stringify({ ...first, older }));
      else all.removeItem(key);
    }
  });
}

/** @param {string | null} stored */
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
