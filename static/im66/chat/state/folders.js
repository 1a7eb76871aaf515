// How much of the list of conversations is known: the server gives it in three folders, a page at a time.

import { signal } from "../../vendor/signals.js";
import { call } from "../wire/api.js";
import { LIST, ROWS } from "../wire/first_requests.js";

/**
 * @typedef {import("../types.js").Conversation} Conversation
 * @typedef {"main" | "archived" | "requests"} Folder
 * @typedef {{ unread: number, archived: number, requests: number }} Counts
 * @typedef {{ items: Conversation[], next: string | null, counts?: Counts }} Page
 */

// As the server bounds it.
const MAX_ROWS = 200;

/** Where each goes on; null at its end. Of one without an entry, no page was asked for. @type {import("../../vendor/signals.js").Signal<ReadonlyMap<Folder, string | null>>} */
export const nexts = signal(new Map());

/** The main folder is known down to this id. */
export const knownFrom = signal(0);

/** What the server counts in conversations that are not known. @type {import("../../vendor/signals.js").Signal<Counts>} */
export const elsewhere = signal({ unread: 0, archived: 0, requests: 0 });

/** Whether there is more of a folder than what is known. @param {Folder} folder */
export const hasMore = (folder) =>
  nexts.value.has(folder) || folder === "main" ? Boolean(nexts.value.get(folder)) : elsewhere.value[folder] > 0;

/** Whether every conversation is known. */
export const isAllKnown = () => !hasMore("main") && !hasMore("archived") && !hasMore("requests");

/** The first so many of the main folder, or a few more: whole pages. Raises Failure. @param {number} count @returns {Promise<Page>} */
export async function firstPages(count) {
  const limit = Math.min(count, MAX_ROWS);
  const first = await pageOf("main", limit);
  let { items, next = null } = first;
  for (let left = count - limit; next && left > 0; left -= limit) {
    const page = await pageOf("main", limit, next);
    items = [...items, ...page.items];
    next = page.next;
  }
  return { ...first, items, next };
}

/** @param {Folder} folder @param {number} [limit] @param {string | null} [after] @returns {Promise<Page>} */
export const pageOf = (folder, limit = ROWS, after) =>
  call("GET", LIST, { query: { folder, limit, after: after ?? undefined } });

/** What is left of these. @param {Counts} all @param {Counts} known @returns {Counts} */
export const less = (all, known) => ({
  unread: Math.max(0, all.unread - known.unread),
  archived: Math.max(0, all.archived - known.archived),
  requests: Math.max(0, all.requests - known.requests),
});
