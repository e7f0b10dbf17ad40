// What a person typed and the server does not have yet: kept in this browser, under the id of that person, until it is
// saved. Somebody else who uses this browser is never offered it.

const PREFIX = "fairtake.";
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;
const ID_BYTES = 16;

export class Kept {
  /**
   * `kind` and `name` say what is being written (an answer, a note), `owner` who writes it.
   * @param {string} kind
   * @param {string} owner
   * @param {string} name
   */
  constructor(kind, owner, name) {
    this.key = `${PREFIX}${kind}.${owner}.${name}`;
    this.id = randomId(); // what is typed on this page; sent along, so that the server can say that this has been saved
  }

  /** {work, at, id}, or null where nothing is kept. Text kept by an earlier version was stored bare. */
  read() {
    const stored = storage((all) => all.getItem(this.key));
    return stored === null ? null : (entryOf(stored) ?? { work: stored });
  }

  /**
   * Keep this work. False where the browser refuses: then the page is all that has it.
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

  /** The work is saved, or was thrown away. */
  forget() {
    storage((all) => all.removeItem(this.key));
  }

  /** Go on with work that a page already shows, such as a form that came back with an error. */
  adopt() {
    this.id = this.read()?.id ?? this.id;
  }

  /**
   * Send the id of this work along with a form.
   * @param {HTMLFormElement} form
   */
  announceIn(form) {
    const field = form.elements.kept ?? form.appendChild(document.createElement("input"));
    Object.assign(field, { type: "hidden", name: "kept", value: this.id });
  }
}

/**
 * The server has saved the forms with these ids. What was typed since has another id, and stays.
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
 * Use the storage of this browser; null where it is blocked or full.
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
