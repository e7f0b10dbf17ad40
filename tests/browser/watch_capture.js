// Runs in a page before its scripts. Keeps the data from MediaRecorder, and logs every change of the document and every
// move of the focus during capture.
(() => {
  const Real = window.MediaRecorder;
  const watch = (window.watch = { isCapturing: false, changes: [], recordings: [], windows: [], recorders: [], spoken: [] });

  const name = (node) => {
    const element = node.nodeType === 1 ? node : node.parentElement;
    return element ? `${element.localName}#${element.id}` : node.nodeName;
  };
  const isClock = (node) => Boolean((node.nodeType === 1 ? node : node.parentElement)?.closest("[role=timer][aria-live=off]"));
  const describe = (record) => ({
    what: record.type,
    attribute: record.attributeName,
    where: name(record.target),
    isClock: isClock(record.target),
  });
  const note = (records) => {
    for (const record of records) if (watch.isCapturing) watch.changes.push(describe(record));
  };
  const observer = new MutationObserver(note);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const begin = () => {
    observer.takeRecords(); // changes before capture are not logged
    watch.isCapturing = true;
    watch.windows.push([performance.now(), null]);
  };
  const end = () => {
    note(observer.takeRecords());
    watch.isCapturing = false;
    if (watch.windows.length) watch.windows.at(-1)[1] ??= performance.now();
  };
  for (const type of ["focusin", "focusout", "scroll"]) {
    document.addEventListener(type, ({ target }) => watch.isCapturing && watch.changes.push({ what: type, where: name(target) }), true);
  }
  for (const type of ["keydown", "keyup", "pointerdown"]) {
    document.addEventListener(type, () => (watch.lastKey = { type, wasCapturing: watch.isCapturing }), true);
  }
  new MutationObserver(() => {
    const said = document.getElementById("status")?.textContent;
    if (said && watch.spoken.at(-1)?.said !== said) watch.spoken.push({ said, at: performance.now() });
  }).observe(document, { subtree: true, childList: true, characterData: true });

  window.MediaRecorder = class extends Real {
    constructor(...values) {
      super(...values);
      const blobs = [];
      watch.recordings.push(blobs);
      watch.recorders.push(this);
      this.addEventListener("dataavailable", ({ data }) => data.size && blobs.push(data));
      this.addEventListener("pause", end);
      this.addEventListener("stop", end);
    }
    start(...values) {
      begin();
      super.start(...values);
    }
    resume() {
      begin();
      super.resume();
    }
    stop() {
      watch.stoppedDuring = window.event?.type;
      super.stop();
    }
  };
  watch.hash = async (index) => {
    const bytes = await new Blob(watch.recordings[index]).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
})();
