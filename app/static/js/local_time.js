// Adds the reader's local time to each time in the interview's time zone, unless both are the same.

/** @type {Intl.DateTimeFormatOptions} */
const FIELDS = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" };

function offsetAt(moment, timeZone) {
  return moment.toLocaleString("sv", { timeZone, hour: "2-digit", day: "2-digit", minute: "2-digit" });
}

function sayLocally(element, language) {
  const moment = new Date(element.dateTime);
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!here || offsetAt(moment, here) === offsetAt(moment, element.dataset.zone)) return;
  const words = new Intl.DateTimeFormat(language, { ...FIELDS, timeZone: here }).format(moment);
  const note = document.createElement("span");
  note.className = "local-time";
  note.textContent = ` ${element.dataset.local.replace("{time}", words)}`;
  element.after(note);
}

/** Add the reader's local time to every time with data-local. */
export function sayLocalTimes() {
  const { lang } = document.documentElement;
  const language = lang === "en" ? "en-GB" : `${lang}-u-nu-latn`;
  for (const element of document.querySelectorAll("time[data-local]")) sayLocally(element, language);
}
