// The first script of a page with a recorder. It shows the recorder and takes a press of Start, which opens the camera and
// the microphone. Meanwhile it loads the rest, which takes over: a recording begins only when everything is there.

import { hasRecords } from "./database.js";
import { openDevices } from "./devices.js";
import { tellGettingReady } from "./getting_ready.js";
import { load } from "./loading.js";
import { after } from "./patience.js";
import { showPhase } from "./phases.js";
import { focusFor, onPress } from "./press.js";
import { showProblem } from "./problem_box.js";
import { savedChoice } from "./saved_choice.js";
import { page, text } from "./words.js";

const SHOW_MS = 3000; // how long the recorder is hidden while it is not known what to offer
const WAIT_MS = 20_000; // how long a press of Start waits for the rest of the page

/** @type {(id: string) => any} */
const part = (id) => document.getElementById(id);

let recorder = null; // of recorder.js, when it is there
/** @type {EarlyStart | null} */
let early = null;

/** Open the devices for a press of Start that comes before the recorder is there. */
function startEarly() {
  if (early) return;
  if (document.activeElement !== part("record")) focusFor(part("record"));
  showProblem(null);
  showPhase({ phase: "preparing", from: "idle" });
  const kind = part("recorder").querySelector("input[name=kind]:checked")?.value ?? part("recorder").dataset.kind;
  const opening = openDevices(kind);
  opening.catch(() => {}); // the recorder explains it
  const waits = [tellGettingReady(), after(WAIT_MS, giveUp)];
  early = { kind, opening, end: () => waits.forEach((end) => end()) };
}

/** End an early start, because the rest of the page does not arrive. */
function giveUp() {
  const { opening, end } = /** @type {EarlyStart} */ (early);
  early = null;
  end();
  opening.then((stream) => stream.getTracks().forEach((track) => track.stop())).catch(() => {});
  showPhase({ phase: "idle", from: "idle" });
  showProblem({ title: text("problem_line_title"), text: text("problem_line") });
}

function show() {
  part("recorder").hidden = false;
}

/** Let the recorder continue with what the person has pressed so far. */
function takeOver(arrived) {
  recorder = arrived;
  early?.end();
  if (early) recorder.start(early);
  early = null;
}

async function loadRest() {
  let isTold = false;
  const tell = (problem) => {
    if (!early) showProblem(problem);
    isTold = !early && Boolean(problem);
  };
  const { begin } = await load(() => tell({ title: text("not_loaded_title"), text: text("not_loaded") }));
  if (isTold) tell(null);
  begin({ takeOver, show });
}

/** Fold the video of the question away in a small window, so that the question and Start are in sight together. */
function foldMedia() {
  const fold = /** @type {HTMLDetailsElement | null} */ (document.querySelector(".media-fold"));
  const isChosen = location.hash.startsWith("#version-"); // the person has just chosen how to play it
  if (fold && !isChosen && !matchMedia("(min-width: 64rem)").matches) fold.open = false;
}

/** Show the recorder when it is known what to offer, so that nobody presses Start before. Do not wait for a slow store. */
export async function beginRecorder() {
  const quiet = part("kind-audio");
  if (savedChoice().quality === "audio" && quiet) quiet.checked = true; // the device check found a slow connection
  foldMedia();
  showPhase({ phase: "idle", from: "idle" });
  onPress(part("record"), () => (recorder ? recorder.record() : startEarly()));
  loadRest();
  after(SHOW_MS, show);
  const isKnown = page.mode === "practice" || (!page.unfinished && !(await hasRecords(page.owner)));
  if (isKnown) show();
}
