// Shapes that several modules share. TypeScript checks them; browsers never see this file.

/** What htmx tells of a request in its events (https://htmx.org/events), as far as we use it. */
interface HtmxDetail {
  elt: HTMLElement;
  target: HTMLElement;
  verb: string;
  headers: Record<string, string>;
  xhr: XMLHttpRequest;
  requestConfig?: { triggeringEvent?: SubmitEvent; formData: FormData };
  isError: boolean;
  shouldSwap: boolean;
  successful: boolean;
}

type HtmxEvent = CustomEvent<HtmxDetail>;

interface DocumentEventMap {
  "htmx:configRequest": HtmxEvent;
  "htmx:beforeRequest": HtmxEvent;
  "htmx:beforeSwap": HtmxEvent;
  "htmx:oobBeforeSwap": HtmxEvent;
  "htmx:afterSwap": HtmxEvent;
  "htmx:afterSettle": HtmxEvent;
  "htmx:afterRequest": HtmxEvent;
  "htmx:load": HtmxEvent;
  "htmx:sendError": HtmxEvent;
  "htmx:timeout": HtmxEvent;
}

/** A caption in the fields of the editor; times as they are typed, "1:02.5". */
interface Caption {
  start: string;
  end: string;
  text: string;
}

/** The limits that a take is recorded under. No recording_seconds: there is no limit. */
interface Limits {
  recording_seconds: number | null;
  warn_at?: number[];
  more_time?: { seconds: number; left: number } | null;
}

/** One recorder session of a take, which is one upload. */
interface Segment {
  session: string; // random name
  segment: number; // its number at the server
  filetype: string;
  url: string | null;
  bytes: number; // recorded so far
  seq: number; // parts made so far
  recordedMs: number;
  sent?: number; // parts that the server has acknowledged
  sentMs?: number; // recorded time that the server has acknowledged
  ended: boolean; // no more will come
  done: boolean; // the server has all of it
  isOpen?: boolean; // another browser may have more of it
  refused?: string; // why the server does not take the rest, in its words
}

/** What the browser knows of one take, kept beside its parts (recorder/take_record.js). */
interface TakeRecord {
  take: string;
  owner: string;
  question: string | null;
  position?: number;
  number: number;
  kind: string; // video, audio or signed
  recorder?: string; // the name under which the server knows who may add to the take
  limits: Limits;
  segments: Segment[];
  stop: { reason: string; sent: boolean } | null;
  touched: number;
  lostMs?: number; // recorded, and lost before the browser had it
  isOwn?: boolean; // this page began it, or went on with it
  isStored?: boolean; // it was read from the browser's store
}

/** A piece of a session, at most 256 KiB, as it is kept and sent. Parts kept as their page went have `blob` instead of bytes. */
interface Part {
  session: string;
  seq: number;
  offset: number;
  recordedMs: number;
  bytes?: ArrayBuffer;
  checksum?: string;
  blob?: Blob;
}

/** The data block of a page with a recorder or with uploads (recording/_recorder_data.html, _uploads.html). */
interface PageData {
  strings: Record<string, string>;
  urls: Record<string, string>;
  csrf: string;
  owner: string;
  question: string | null;
  position: number;
  kind: string;
  limits: Limits;
  countdown_seconds: number;
  vibrate: boolean;
  hide_timer: boolean;
  can_keep: boolean | string[]; // after sending, the takes to which what was refused can be added
  stopped?: string[];
  unfinished: Unfinished | null;
  thinking?: { seconds: number; left: number; more?: { seconds: number; left: number } | null } | null;
  coming?: { take: string; told: string; words: string }[];
}

/** A take of the question that the server has in part. */
interface Unfinished {
  take_id: string;
  number: number;
  kind: string;
  limits: Limits;
  segments: { session: string; segment: number; upload_url: string; offset: number; length: number | null; recorded_ms: number }[];
}

/** Fields of a form by their names, which are the server's. */
interface HTMLFormControlsCollection {
  [name: string]: any;
}
