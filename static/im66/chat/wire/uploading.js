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
function uploadOnce(file, { name = "file", onProgress, signal }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const request = opened();
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total ? loaded / total : 0);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject(disconnected());
    request.onabort = () => reject(aborted());
    signal?.addEventListener("abort", () => request.abort());
    request.send(form(file, name));
  });
}

function opened() {
  const request = new XMLHttpRequest();
  request.open("POST", `${ROOT}uploads`);
  for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
  return request;
}

/** @param {Blob} file @param {string} name */
function form(file, name) {
  const data = new FormData();
  data.append("file", file, name);
  return data;
}

/**
 * @param {XMLHttpRequest} request
 * @param {(stored: any) => void} resolve
 * @param {(failed: unknown) => void} reject
 */
function settle(request, resolve, reject) {
  try {
    resolve(read(request.status, request.responseText, request.getResponseHeader("Retry-After")));
  } catch (error) {
    reject(error);
  }
}

const aborted = () => new DOMException("The upload was cancelled.", "AbortError");
