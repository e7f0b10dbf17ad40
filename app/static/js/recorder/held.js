// Offers recordings that the server refused. This browser has the only copy, so the user can keep each as another
// recording, download it or delete it. This file is loaded only if there is such a recording. Nothing is deleted
// without the user's decision.

import { isOfAnswer } from "./coming.js";
import { StoreError } from "./part_store.js";
import { postJson } from "./server.js";
import { isSilent, say } from "./silence.js";
import { newRecord, recordedMs } from "./take_record.js";
import { unsentMs } from "./unfinished.js";
import { text, words } from "./words.js";

const UNREAD_MS = 5000;

/**
 * Return the bytes of a session that are still in this browser as a file: {blob, isWhole}. There is no blob if the
 * beginning is missing, because the file could not be played.
 */
async function fileOf(store, { session, filetype, seq: count }) {
  const parts = [];
  for (let part = await store.part(session, 0); part; part = await store.part(session, part.seq + 1)) parts.push(part);
  const type = filetype.split(";")[0];
  const blob = parts[0]?.seq === 0 ? new Blob(parts.map(({ bytes }) => bytes), { type }) : null; // prettier-ignore
  return { blob, isWhole: parts.length >= count && parts.every(({ seq }, index) => seq === index) };
}

function save(blob, name) {
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: `${name}.${blob.type.split("/")[1]}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Return a new record for the refused sessions of a take, for the take that the server created for them. */
function recordOf(made, record, sessions) {
  return {
    ...newRecord(made, { ...record, recorder: sessions[0].session }),
    stop: { reason: record.stop?.reason ?? "kept", sent: false },
    segments: sessions.map(({ refused, ...one }, index) => ({
      ...one,
      segment: index + 1,
      url: null,
      sent: 0,
      sentMs: 0,
      ended: true,
      done: false,
    })),
  };
}

export class HeldList {
  #items = new Map(); // take id -> its card

  /**
   * Create the list. `adopt(record)` must upload a record that is created here.
   * @param {HTMLElement} place
   * @param {{store: any, page: PageData, adopt: (record: TakeRecord) => void}} collaborators
   */
  constructor(place, { store, page, adopt }) {
    this.place = place;
    this.store = store;
    this.page = page;
    this.adopt = adopt;
  }

  /** Offer new refused recordings, but not during capture. The caller repeats the call after capture. */
  async update(uploads) {
    for (const upload of uploads) {
      if (isSilent() || !upload.isHeld(this.page.question) || this.#items.has(upload.record.take)) continue;
      this.#items.set(upload.record.take, null);
      try {
        await this.#offer(upload);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#items.delete(upload.record.take);
        setTimeout(() => this.update(uploads), UNREAD_MS);
      }
    }
  }

  async #offer(upload) {
    const { record, held } = upload;
    const files = await Promise.all(held.map((one) => fileOf(this.store, one)));
    const isWhole = files.every((file) => file.isWhole);
    const card = /** @type {HTMLElement} */ (this.place.querySelector("template").content.firstElementChild.cloneNode(true));
    /** @type {(name: string) => any} */
    const part = (name) => card.querySelector(`[data-held=${name}]`);
    const length = words(unsentMs(held));
    const whole = words(recordedMs({ segments: held }));
    const where = record.position ? "held_text" : "held_text_short";
    part("title").textContent = text("held_title", { length });
    const why = isOfAnswer(this.page, record) ? upload.message : text("held_no_answer");
    part("why").textContent = [text(where, { number: record.position, whole, length }), why, isWhole && text("held_safe")]
      .filter(Boolean)
      .join(" ");
    const { can_keep: mayKeep } = this.page; // true or, after sending, the takes to which recordings can be added
    part("keep").hidden = !(Array.isArray(mayKeep) ? mayKeep.includes(record.take) : mayKeep) || !isWhole;
    part("download").hidden = files.every(({ blob }) => !blob);
    const note = (said) => {
      Object.assign(part("note"), { textContent: said, hidden: false });
      say(said, record.take);
    };
    this.#onceAtATime(part("keep"), () => this.#keep(upload, card, note));
    this.#onceAtATime(part("download"), () =>
      files.forEach(({ blob }, index) => blob && save(blob, `question-${record.position ?? ""}-recording-${record.number}-${index + 1}`)),
    );
    this.#onceAtATime(part("delete"), () => this.#ask(part, true));
    this.#onceAtATime(part("stay"), () => this.#ask(part, false));
    this.#onceAtATime(part("sure"), () => this.#delete(upload, card));
    this.place.append(card);
    this.place.hidden = false;
    this.#items.set(record.take, card);
    say(text("held_found", { length }), record.take);
  }

  /** Handle one press at a time, so that a double press acts once. */
  #onceAtATime(button, act) {
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true");
      await act();
      button.removeAttribute("aria-disabled");
    });
  }

  async #keep(upload, card, note) {
    const { record, held } = upload;
    let made;
    try {
      made = await postJson(`${this.page.urls.take}${record.take}/recover`, { recorder: held[0].session });
    } catch (error) {
      return note(error.said || text("held_later"));
    }
    const fresh = recordOf(made, record, held);
    await this.store.replace(record, fresh);
    upload.settle();
    this.#close(card, text("held_kept", { number: made.number }));
    this.#items.delete(record.take); // after sending, the recording is added to the same take, which may be refused again
    this.adopt(fresh);
  }

  async #delete(upload, card) {
    await this.store.forget(upload.record);
    upload.settle();
    this.#close(card, text("held_deleted"));
  }

  #ask(part, isAsked) {
    part("question").hidden = !isAsked;
    part("buttons").hidden = isAsked;
    (isAsked ? part("question-text") : part("delete")).focus();
  }

  #close(card, said) {
    card.replaceChildren(Object.assign(document.createElement("p"), { textContent: said, tabIndex: -1 }));
    card.firstChild.focus();
    say(said, "held");
  }
}
