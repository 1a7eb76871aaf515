// Uploads, with their progress: fetch tells none.

import { ROOT, read } from "./api.js";
import { headers } from "./credentials.js";
import { disconnected } from "../../client/failure.js";
import { proven } from "./proving.js";

/**
 * Raises Failure; and an AbortError when `signal` asks for the end.
 *
 * @param {Blob} file
 * @param {{ name?: string, onProgress?: (share: number) => void, signal?: AbortSignal }} [more]
 *   `share`: from 0 to 1
 * @returns {Promise<import("../types.js").Stored>}
 */
export const upload = (file, more = {}) => proven(() => uploadOnce(file, more));

/**
 * @param {Blob} file
 * @param {{ name?: string, onProgress?: (share: number) => void, signal?: AbortSignal }} more
 * @returns {Promise<import("../types.js").Stored>}
 */
async function uploadOnce(file, { name = "file", onProgress, signal }) {
  const body = new FormData();
  body.append("file", file, name);
  const onLoaded = (/** @type {number} */ loaded, /** @type {number} */ total) => onProgress?.(total ? loaded / total : 0);
  const { status, text, header } = await ask("POST", `${ROOT}uploads`, { signal, body, onLoaded });
  return read(status, text, header("Retry-After"));
}

/** @typedef {{ status: number, text: string, header: (name: string) => string | null }} Answer */

/**
 * Ask, whatever the answer says. Raises Failure if there is none; and an AbortError when `signal` asks for the end.
 *
 * @param {string} method
 * @param {string} path
 * @param {{ signal?: AbortSignal, more?: Record<string, string>, body?: ArrayBuffer | FormData, onLoaded?: (bytes: number, total: number) => void }} what
 *   `more`: other headers
 * @returns {Promise<Answer>}
 */
export const ask = (method, path, { signal, more = {}, body, onLoaded }) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const request = new XMLHttpRequest();
    request.open(method, path);
    for (const [name, value] of Object.entries({ ...headers(), ...more })) request.setRequestHeader(name, value);
    if (onLoaded) request.upload.onprogress = ({ loaded, total }) => onLoaded(loaded, total);
    request.onload = () => resolve({ status: request.status, text: request.responseText, header: (name) => request.getResponseHeader(name) });
    request.onerror = () => reject(disconnected());
    request.onabort = () => reject(aborted());
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });

export const aborted = () => new DOMException("The upload was cancelled.", "AbortError");
