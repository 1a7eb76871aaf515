// What the first view of the page asks for. The page's small first script begins it while the large one is on its way
// (early.js), and the large one takes the answers over. Pure, but for what both scripts share.

import { config } from "../config.js";
import { isGroup } from "../text/conversation_ids.js";

export const ROOT = "/api/v1/";
export const LIST = "conversations";
/** How many messages are asked for at once. */
export const PAGE = 50;
/** How many conversations. */
export const ROWS = 50;
/** What the first of them are asked for by; web/chat_views.py has the same. */
export const FIRST_ROWS = { folder: "main", limit: ROWS };

/** @typedef {Record<string, string | number | undefined>} Query */
/** @typedef {{ status: number, text: string, retryAfter: string | null }} Answer */

/** A path's part that names something. @param {string} name */
export const part = (name) => encodeURIComponent(name);

/** The address of a call. @param {string} path   below the root @param {Query} [query] */
export function addressOf(path, query = {}) {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (entries.length === 0) return ROOT + path;
  return `${ROOT}${path}?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`;
}

/** @param {string} conversation */
export const messagesOf = (conversation) => `conversations/${part(conversation)}/messages`;

/** What a page of a conversation is asked for by. @param {string} conversation @param {Query} query @returns {Query} */
export const pageOf = (conversation, query) => (isGroup(conversation) ? { ...query, notices: "true" } : query);

/** Where both scripts find it. `isOver`: the large one has begun. */
const begun = /** @type {{ im66Begun?: { answers: Map<string, Promise<Answer>>, isOver: boolean } }} */ (globalThis);
const shared = (begun.im66Begun ??= { answers: new Map(), isOver: false });

/** Ask, and read all that is answered. @param {string} url @param {RequestInit} request @returns {Promise<Answer>} */
export async function answerTo(url, request) {
  const answer = await fetch(url, request);
  return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get("Retry-After") };
}

/** Ask, for the large script; not if that asks by itself already. @param {string} url @param {Record<string, string>} headers */
export function begin(url, headers) {
  if (shared.isOver) return;
  const answer = answerTo(url, { headers });
  // If nobody takes it over, nobody misses it.
  answer.catch(() => undefined);
  shared.answers.set(url, answer);
}

/** Whether the page brings this person's list along: the server is not to be asked for it. @param {string} userid */
export const isBrought = (userid) => !!userid && config.listed === (config.mode === "open" ? encodeURIComponent(userid) : userid);

/** Take the list that the page brought as what the server answers. @param {string} userid */
export function takeBrought(userid) {
  const text = isBrought(userid) && document.getElementById("conversations")?.textContent;
  if (text) shared.answers.set(addressOf(LIST, FIRST_ROWS), Promise.resolve({ status: 200, text, retryAfter: null }));
}

/** The large script asks by itself from now on. */
export function endBeginning() {
  shared.isOver = true;
}

/** The answer that was asked for at the beginning, once; undefined if there is none. @param {string} url */
export function takeBegun(url) {
  const answer = shared.answers.get(url);
  shared.answers.delete(url);
  return answer;
}
