// The checksum that goes with every part, as tus writes it.

/** The value of an Upload-Checksum header for an ArrayBuffer: "sha256 <base64>". */
export async function checksum(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256 ${btoa(String.fromCharCode(...hash))}`;
}
