// Keeps text that the server has not saved yet in this browser, under the id of the person who typed it. It is never
// offered to another person who uses this browser.

const PREFIX = "fairtake.";
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;
const ID_BYTES = 16;

export class Kept {
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
   * Keep this work. Returns false if the browser refuses, so that only the page has it.
   * @param {any} work
   */
  write(work) {
    const entry = JSON.stringify({ id: this.id, at: Date.now(), work });
    const isWritten = storage((all) => {
      all.setItem(this.key, entry);
      return true;
    });
    return isWritten ?? false;
  }

  /** Delete the kept work, because it was saved or discarded. */
  forget() {
    storage((all) => all.removeItem(this.key));
  }

  /** Continue with kept work that the page already shows, for example in a form that came back with an error. */
  adopt() {
    this.id = this.read()?.id ?? this.id;
  }

  /**
   * Add the id of this work to a form, so that it is sent with it.
   * @param {HTMLFormElement} form
   */
  announceIn(form) {
    const field = form.elements.kept ?? form.appendChild(document.createElement("input"));
    Object.assign(field, { type: "hidden", name: "kept", value: this.id });
  }
}

/**
 * Delete the work with these ids, because the server has saved it. Text typed since then has another id and is kept.
 * @param {string[]} ids
 */
export function forgetSaved(ids) {
  forgetWhere((entry) => ids.includes(entry.id));
}

/** @param {(entry: {id: string, at: number, work: any}) => boolean} isOver */
function forgetWhere(isOver) {
  storage((all) => {
    for (const key of Object.keys(all).filter((one) => one.startsWith(PREFIX))) {
      const entry = entryOf(all.getItem(key));
      if (entry && isOver(entry)) all.removeItem(key);
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
