// What was typed and not saved, kept in this tab: over a reload, and over a session that ran out while somebody was typing.

const key = (take) => `fairtake.captions.${take}`;

/** Keep the captions of a take, with the version that they began with. */
export function keep(take, work) {
  try {
    sessionStorage.setItem(key(take), JSON.stringify({ ...work, at: Date.now() }));
  } catch {
    // storage may be closed to us, or full: the form has it still
  }
}

/** What was kept of a take, null when nothing was. */
export function kept(take) {
  try {
    return JSON.parse(sessionStorage.getItem(key(take)));
  } catch {
    return null;
  }
}

/** Forget it: it is saved, or was thrown away. */
export function forget(take) {
  try {
    sessionStorage.removeItem(key(take));
  } catch {
    // then nothing was kept either
  }
}
