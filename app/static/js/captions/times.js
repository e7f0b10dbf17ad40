// Times in the fields of the caption editor, read and written as the server does (captions/editing.py).

const TIME = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/;

/** Milliseconds of "1:02.5" or "62,5"; null for what is no time. */
export function readTime(text) {
  const match = TIME.exec(text.trim());
  if (!match) return null;
  const [, hours, minutes, seconds, part] = match;
  if ((minutes !== undefined && Number(seconds) >= 60) || (hours !== undefined && Number(minutes) >= 60)) return null;
  return ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds)) * 1000 + Number((part ?? "0").padEnd(3, "0"));
}

/** Milliseconds as a field holds them: 0:07.250, 1:02:03.400. */
export function writeTime(ms) {
  const whole = Math.round(ms);
  const pair = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const tail = `${pair(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, "0")}`;
  return hours ? `${hours}:${pair(minutes)}:${tail}` : `${minutes}:${tail}`;
}
