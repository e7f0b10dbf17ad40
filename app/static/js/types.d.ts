// Types that several modules share. TypeScript checks them; browsers never load this file.

/** The details of htmx events that we use (https://htmx.org/events). */
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

/** A caption in the fields of the editor. Times are as typed, for example "1:02.5". */
interface Caption {
  start: string;
  end: string;
  text: string;
}

/** The limits of a take. recording_seconds is null if there is no limit. */
interface Limits {
  recording_seconds: number | null;
  warn_at?: number[];
  more_time?: { seconds: number; left: number } | null;
}

/** One recorder session of a take, which is one upload. */
interface Segment {
  session: string; // a random name
  segment: number; // its segment number on the server
  filetype: string;
  url: string | null;
  bytes: number; // bytes recorded so far
  seq: number; // number of parts made so far
  recordedMs: number;
  sent?: number; // number of parts that the server has acknowledged
  sentMs?: number; // recorded time that the server has acknowledged
  ended: boolean; // no more bytes will be recorded
  done: boolean; // the server has all of it
  isOpen?: boolean; // another browser may have more bytes
  refused?: string; // the server's reason for refusing the remaining bytes
}

/** The facts that the browser stores about one take with its parts (recorder/take_record.js). */
interface TakeRecord {
  take: string;
  owner: string;
  question: string | null;
  position?: number;
  number: number;
  kind: string; // video, audio or signed
  recorder?: string; // name of the recorder that may add to the take
  limits: Limits;
  segments: Segment[];
  stop: { reason: string; sent: boolean } | null;
  touched: number;
  lostMs?: number; // recorded milliseconds that were lost before the browser stored them
  isOwn?: boolean; // this page began or continued it
  isStored?: boolean; // it was read from the browser's store
}

/**
 * A piece of a session, at most 256 KiB, as it is stored and sent. Parts that were stored while their page was
 * closing have `blob` instead of `bytes`.
 */
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
  mode?: string; // answer or practice
  strings: Record<string, string>;
  urls: Record<string, string>;
  csrf: string;
  owner: string;
  question: string | null;
  position: number;
  kind: string;
  limits: Limits;
  countdown_seconds: number; // 0: a second press begins the recording
  quiet_seconds: number; // how much longer the countdown may wait for quiet
  vibrate: boolean;
  hide_timer: boolean;
  can_keep: boolean | string[]; // after sending: the takes to which refused recordings can be added
  stopped?: string[];
  unfinished: Unfinished | null;
  thinking?: { seconds: number; left: number; more?: { seconds: number; left: number } | null } | null;
  coming?: { take: string; told: string; words: string }[];
}

/** A press of Start before the recorder is there: it has begun to open the devices. `end()` ends its waits. */
interface EarlyStart {
  kind: string;
  opening: Promise<MediaStream>;
  end: () => void;
}

/** A take of the question that the server has only partly. */
interface Unfinished {
  take_id: string;
  number: number;
  kind: string;
  limits: Limits;
  segments: { session: string; segment: number; upload_url: string; offset: number; length: number | null; recorded_ms: number }[];
}

/** The fields of a form by name, as the server names them. */
interface HTMLFormControlsCollection {
  [name: string]: any;
}
