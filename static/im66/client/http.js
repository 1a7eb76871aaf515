// The API's calls, for anybody who has a token. Each raises Failure.

import { Failure, disconnected, failureOf } from "./failure.js";

const SECONDS = 15;
const UPLOAD_SECONDS = 600;

/**
 * @typedef {object} Caller
 * @property {string} url   of the server, without a `/` at its end
 * @property {() => Promise<Record<string, string>>} headers   those that prove who calls
 * @property {typeof fetch} fetch
 */

/**
 * @param {Caller} caller
 * @param {string} method
 * @param {string} path   below `/api/v1/`
 * @param {{ path?: object, query?: object, body?: unknown, signal?: AbortSignal, key?: string }} [more]   `path`: what its
 *   braces hold; `body`: a form is sent as it is, anything else as JSON; `key`: of a POST that is done once
 * @returns {Promise<any>} what the server answers; undefined if that is nothing
 */
export async function call(caller, method, path, { path: parts = {}, query = {}, body, signal, key } = {}) {
  const isForm = body instanceof FormData;
  const headers = await caller.headers();
  if (key) headers["Idempotency-Key"] = key;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  const text = isForm || body === undefined ? body : JSON.stringify(body);
  const end = ending(isForm ? UPLOAD_SECONDS : SECONDS, signal);
  try {
    const url = `${caller.url}/api/v1/${filled(path, parts)}${inQuery(query)}`;
    const answer = await ask(caller, url, { method, headers, body: text, signal: end.signal }, signal);
    return read(answer.status, answer.text, answer.retryAfter);
  } finally {
    end.forget();
  }
}

/** @param {Caller} caller @param {string} url @param {RequestInit} request @param {AbortSignal} [signal]   of the caller */
async function ask(caller, url, request, signal) {
  try {
    const answer = await caller.fetch(url, request);
    return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get("Retry-After") };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw disconnected();
  }
}

/** A signal after so many seconds, or with another one. Not every place has `AbortSignal.any`. @param {number} seconds @param {AbortSignal} [other] */
function ending(seconds, other) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, seconds * 1000);
  if (other?.aborted) abort();
  other?.addEventListener("abort", abort);
  const forget = () => {
    clearTimeout(timer);
    other?.removeEventListener("abort", abort);
  };
  return { signal: controller.signal, forget };
}

/**
 * What an answer says. Raises Failure.
 *
 * @param {number} status
 * @param {string} text
 * @param {string | null} [retryAfter]
 */
export function read(status, text, retryAfter) {
  const body = parsed(text);
  // Something on the way may answer with a page of its own.
  if (status < 400 && (body !== undefined || text === "")) return body;
  if (!body?.error) throw new Failure("try_again", "The server has failed.", { code: status });
  throw failureOf({ retry: Number(retryAfter) || 0, ...body.error });
}

/** @param {string} path @param {object} parts */
function filled(path, parts) {
  const values = new Map(Object.entries(parts));
  return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values.get(name)));
}

/** @param {object} query */
function inQuery(query) {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return entries.length ? `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}` : "";
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
