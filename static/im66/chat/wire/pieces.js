// A file of any type on its way to the server: in pieces, so that it goes on after a break (tus 1.0.0, docs/api.md).

import { ROOT, read } from "./api.js";
import { Failure, disconnected } from "../../client/failure.js";
import { proven } from "./proving.js";
import { aborted, ask } from "./uploading.js";

// A break loses no more than this; and so much of the file is in memory.
const PIECE = 1024 * 1024;
const VERSION = { "Tus-Resumable": "1.0.0" };
const PIECE_TYPE = "application/offset+octet-stream";
// The scanner may take a while.
const ASK_SECONDS = 2;
const MOST_ASK_SECONDS = 15;

/** What may be gone on with. `path`: where its pieces go, empty before the first one; `at`: so much has come. @typedef {{ path: string, at: number }} Begun */

/**
 * Send the file, from where `begun` says that it was broken off. Raises Failure; and an AbortError when `signal` asks for
 * the end.
 *
 * @param {File} file
 * @param {{ begun: Begun, onProgress: (share: number) => void, signal: AbortSignal }} how
 * @returns {Promise<import("../types.js").Stored>}
 */
export async function sendInPieces(file, { begun, onProgress, signal }) {
  let at = begun.path ? await endOf(begun, signal) : null;
  if (at === null) {
    begun.path = await begin(file, signal);
    at = 0;
  }
  for (; at < file.size; begun.at = at) at = await sendPiece(file, at, { begun, onProgress, signal });
  return stored(begun, signal);
}

/** Tell the server that nothing more will come. Nobody waits for that. @param {Begun} begun */
export function giveUp({ path }) {
  if (path) request("DELETE", path, {}).catch(() => undefined);
}

/** @param {File} file @param {AbortSignal} signal */
async function begin(file, signal) {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
  const answer = await request("POST", `${ROOT}uploads/files`, { signal, more: { "Upload-Length": String(file.size), "Upload-Metadata": `filename ${name}` } });
  return new URL(answer.header("Location") ?? "", location.href).pathname;
}

/** How much the server has; null if it has forgotten the file. @param {Begun} begun @param {AbortSignal} signal */
async function endOf({ path }, signal) {
  try {
    const answer = await request("HEAD", path, { signal });
    return Number(answer.header("Upload-Offset"));
  } catch (error) {
    if (/** @type {Failure} */ (error).code === 404) return null;
    throw error;
  }
}

/**
 * @param {File} file
 * @param {number} at
 * @param {{ begun: Begun, onProgress: (share: number) => void, signal: AbortSignal }} how
 */
async function sendPiece(file, at, { begun, onProgress, signal }) {
  const body = await bytesOf(file.slice(at, at + PIECE));
  const onLoaded = (/** @type {number} */ loaded) => onProgress(Math.min(1, (at + loaded) / file.size));
  const more = { "Upload-Offset": String(at), "Content-Type": PIECE_TYPE };
  try {
    const answer = await request("PATCH", begun.path, { signal, more, body, onLoaded });
    return Number(answer.header("Upload-Offset"));
  } catch (error) {
    // It has come, and the answer has not; or a piece of before is still being stored.
    if (/** @type {Failure} */ (error).name === "conflict") throw disconnected();
    throw error;
  }
}

/** A folder, or what was removed meanwhile, cannot be read. @param {Blob} piece */
async function bytesOf(piece) {
  try {
    return await piece.arrayBuffer();
  } catch {
    throw new Failure("invalid", "The file cannot be read.");
  }
}

/** What the server says of it, when it may be sent. @param {Begun} begun @param {AbortSignal} signal */
async function stored({ path }, signal) {
  for (let wait = ASK_SECONDS; ; wait = Math.min(2 * wait, MOST_ASK_SECONDS)) {
    const answer = await request("GET", path, { signal });
    if (answer.status === 200) return read(answer.status, answer.text);
    await pause(wait, signal);
  }
}

/** @param {number} seconds @param {AbortSignal} signal */
const pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => reject(aborted()), { once: true });
  });

/**
 * @param {string} method
 * @param {string} path
 * @param {Parameters<typeof ask>[2]} what
 */
const request = (method, path, what) => proven(async () => taken(await ask(method, path, { ...what, more: { ...VERSION, ...what.more } })));

/** Raises Failure. @param {import("./uploading.js").Answer} answer */
function taken(answer) {
  const { status, text, header } = answer;
  // An answer to HEAD has no words.
  if (status === 404) throw new Failure("not_found", "", { code: 404 });
  if (status >= 400) read(status, text, header("Retry-After"));
  return answer;
}
