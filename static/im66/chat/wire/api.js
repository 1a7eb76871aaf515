// The API's calls. Each raises Failure.

import { config } from "../config.js";
import { headers } from "./credentials.js";
import { disconnected } from "../../client/failure.js";
import { read } from "../../client/http.js";
import { addressOf, answerTo, takeBegun } from "./first_requests.js";
import { proven } from "./proving.js";

export { read } from "../../client/http.js";
export { ROOT, part } from "./first_requests.js";

const SECONDS = 15;

/**
 * @param {string} method
 * @param {string} path   below the root
 * @param {{ body?: object, query?: Record<string, string | number | undefined>, signal?: AbortSignal }} [more]
 * @returns {Promise<any>} what the server answers; undefined if that is nothing
 */
export const call = (method, path, more = {}) => {
  const act = () => proven(() => callOnce(method, path, more));
  if (method === "GET") return answeredAnyway(act, path, more.query);
  return ORDERED.has(method) ? inOrder(path, act) : act();
};

/** What answers reading calls when the server cannot be reached, with undefined if it knows nothing. @type {(path: string, query: import("./first_requests.js").Query) => Promise<any>} */
let standIn = async () => undefined;

/** @param {typeof standIn} answer */
export const answerWithoutServer = (answer) => void (standIn = answer);

/** @param {() => Promise<any>} act @param {string} path @param {import("./first_requests.js").Query} [query] */
async function answeredAnyway(act, path, query = {}) {
  // Where the page came without a server, there is hardly one.
  const first = config.offline && (await standIn(path, query));
  if (first) return first;
  try {
    return await act();
  } catch (error) {
    const kept = /** @type {Error} */ (error).name === "disconnected" && (await standIn(path, query));
    if (kept) return kept;
    throw error;
  }
}

/** All of a list that comes in pages. Raises Failure. @param {string} path @param {Record<string, string | undefined>} [query] @returns {Promise<any[]>} */
export async function all(path, query = {}) {
  /** @type {any[]} */
  const list = [];
  for (let after; after !== null; ) {
    const { items, next = null } = await call("GET", path, { query: { ...query, after } });
    list.push(...items);
    after = next;
  }
  return list;
}

/** What is set may be set again at once: the server must come to the last of them. */
const ORDERED = new Set(["PUT", "PATCH", "DELETE"]);

/** The last of the calls of a path that are under way. @type {Map<string, Promise<unknown>>} */
const underWay = new Map();

/**
 * Do it when the calls of this path before it have ended, in whatever way: a browser sends two at once on two
 * connections, and the second may arrive first.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
function inOrder(path, act) {
  const before = underWay.get(path);
  const answer = before ? before.then(act, act) : act();
  const end = () => underWay.get(path) === answer && underWay.delete(path);
  underWay.set(path, answer);
  answer.then(end, end);
  return answer;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ body?: object, query?: Record<string, string | number | undefined>, signal?: AbortSignal }} more
 */
async function callOnce(method, path, { body, query = {}, signal }) {
  const { status, text, retryAfter } = await ask(addressOf(path, query), {
    method,
    signal,
    headers: { ...headers(), ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  return status === 204 ? undefined : read(status, text, retryAfter);
}

/** @param {string} url @param {RequestInit} request */
async function ask(url, request) {
  const first = await askOnce(url, request);
  // The browser may have sent it on a connection that is dead; the next one is new. Reading twice does no harm.
  const answer = first ?? (request.method === "GET" ? await askOnce(url, request) : undefined);
  if (!answer) throw disconnected();
  return answer;
}

/** What is answered; undefined if nothing is in time. @param {string} url @param {RequestInit} request */
async function askOnce(url, request) {
  const { stop, isOver, end } = limited(request.signal);
  try {
    return await answered(url, { ...request, signal: stop });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    if (isOver()) return undefined;
    throw disconnected();
  } finally {
    end();
  }
}

/** What was asked for at the beginning of the page need not be asked for again. @param {string} url @param {RequestInit} request */
function answered(url, request) {
  const begun = request.method === "GET" ? takeBegun(url) : undefined;
  if (!begun) return answerTo(url, request);
  /** @type {Promise<never>} */
  const isStopped = new Promise((_, reject) => request.signal?.addEventListener("abort", reject));
  return Promise.race([begun, isStopped]);
}

/** A signal that stops with another one, and when the time is over. @param {AbortSignal | null} [other] */
function limited(other) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    abort();
  }, SECONDS * 1000);
  other?.addEventListener("abort", abort);
  if (other?.aborted) abort();
  const end = () => {
    clearTimeout(timer);
    other?.removeEventListener("abort", abort);
  };
  return { stop: controller.signal, isOver: () => isOver, end };
}
