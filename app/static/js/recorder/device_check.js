// The device check: shows the picture, describes the loudness, and offers a choice of devices and of a suitable
// quality.

import { measure, qualityFor } from "./connection.js";
import { ASK_MS, openDevices } from "./devices.js";
import { watchLevel } from "./level.js";
import { after } from "./patience.js";
import { explain, explainWaiting } from "./problems.js";
import { savedChoice, saveChoice } from "./saved_choice.js";
import { loadSentences } from "./sentences.js";
import { say } from "./silence.js";
import { page, text } from "./words.js";

/** @type {(id: string) => any} */
const part = (id) => document.getElementById(id);
let stream = null;
let turn = null; // identifies the latest press of the button that opens the devices
let stopLevel = () => {};
let sentences = loadSentences(); // those about problems
sentences.catch(() => {}); // they are loaded again when they are needed

function kind() {
  return part("quality").value === "audio" ? "audio" : "video";
}

function close() {
  stopLevel();
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
}

async function open() {
  close();
  part("problem").hidden = true;
  const mine = (turn = {});
  const endWait = after(ASK_MS, ask);
  let opened;
  try {
    opened = await openDevices(kind());
  } catch (error) {
    return mine === turn && fail(error);
  } finally {
    endWait();
  }
  if (mine !== turn) return opened.getTracks().forEach((track) => track.stop()); // the button was pressed again
  stream = opened;
  part("problem").hidden = true;
  stream.getTracks().forEach((track) => (track.onended = () => fail(track.kind === "audio" ? "microphone" : "camera")));
  part("preview").srcObject = kind() === "video" ? stream : null;
  part("preview-box").hidden = kind() !== "video";
  part("checks").hidden = false;
  stopLevel = watchLevel(stream, {
    onLevel: (level) => (part("level").value = level),
    onWord: (word) => {
      part("level-text").textContent = text(`level_${word}`);
      say(text(`level_${word}`), "level");
    },
  });
  saveChoice({ checkedAt: Date.now() });
  await listDevices();
}

async function fail(cause) {
  close();
  part("checks").hidden = true;
  show(await explained(() => explain(cause, kind())));
  part("problem").focus();
}

/** Return what `explanation()` says as {title, text}, or that there is no connection if the sentences do not arrive. */
async function explained(explanation) {
  try {
    await (sentences = sentences.catch(() => loadSentences()));
  } catch {
    return { title: text("problem_line_title"), text: text("problem_line") };
  }
  return explanation();
}

/** Show where the browser asks for permission, because it has not answered for a while. The focus does not move. */
async function ask() {
  const mine = turn;
  const waiting = await explained(explainWaiting);
  if (mine !== turn || stream) return; // the browser has answered
  show(waiting);
  say(`${waiting.title}. ${waiting.text}`);
}

function show({ title, text: words }) {
  part("problem-title").textContent = title;
  part("problem-text").textContent = words;
  part("problem").hidden = false;
}

/** Fill the lists of devices. Their names are known only after permission was given. */
async function listDevices() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const inUse = (type) =>
    stream
      ?.getTracks()
      .find((track) => track.kind === type)
      ?.getSettings().deviceId;
  fill(
    part("microphone"),
    devices.filter((one) => one.kind === "audioinput"),
    inUse("audio"),
  );
  fill(
    part("camera"),
    devices.filter((one) => one.kind === "videoinput"),
    inUse("video"),
  );
  part("camera-field").hidden = kind() !== "video";
}

function fill(select, devices, current) {
  const options = devices.map(
    ({ deviceId, label }, index) => new Option(label || text("device", { number: index + 1 }), deviceId, false, deviceId === current),
  );
  select.replaceChildren(...options);
}

async function estimate() {
  const kilobits = page.urls.connection ? await measure(page.urls.connection, page.csrf) : null;
  const quality = kilobits === null ? "video360" : qualityFor(kilobits);
  const fits = page.kind === "audio" ? "audio" : quality;
  part("quality").value = fits;
  const message = text(kilobits === null ? "connection_unknown" : `connection_${quality}`);
  part("connection-text").textContent = message;
  say(message, "connection");
  saveChoice({ quality: fits });
}

function change() {
  saveChoice({ microphone: part("microphone").value, camera: part("camera").value, quality: part("quality").value });
  if (stream) open();
}

for (const id of ["microphone", "camera", "quality"]) part(id).addEventListener("change", change);
part("turn-on").addEventListener("click", open);
addEventListener("pagehide", close);
if (savedChoice().quality) part("quality").value = savedChoice().quality;
part("device-check").hidden = false;
estimate();
