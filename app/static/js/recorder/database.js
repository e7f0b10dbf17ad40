// Opens the browser's database of recordings. It is also opened without part_store.js, to see whether it has any.

import { after } from "./patience.js";

const NAME = "fairtake-recorder";
const OPEN_MS = 4000; // some browsers never answer if storage is blocked

/**
 * Return the result of a request to the database.
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Open the database. Rejects if it is blocked or does not answer.
 * @returns {Promise<IDBDatabase>}
 */
export function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    after(OPEN_MS, () => reject(new Error("no answer")));
    request.onupgradeneeded = () => {
      request.result.createObjectStore("parts", { keyPath: ["session", "seq"] });
      request.result.createObjectStore("takes", { keyPath: "take" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("blocked"));
    request.onblocked = request.onerror;
  });
}

/**
 * Return whether this browser has recordings of a candidate. Null if it does not say.
 * @param {string} owner
 * @returns {Promise<boolean | null>}
 */
export async function hasRecords(owner) {
  try {
    const database = await open();
    const records = await answer(database.transaction("takes").objectStore("takes").getAll());
    database.close();
    return records.some((record) => record.owner === owner);
  } catch {
    return null;
  }
}
