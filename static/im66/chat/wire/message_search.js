// Searching messages on the server, which stops after a while on its way and says from where to go on.

import { call } from "./api.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {{ items: Message[], before: number | null }} SearchPage   `before`: from where to search on; null at the end */

// The server takes no longer ones.
export const MAX_QUERY_CHARACTERS = 200;
// So often it is asked to go on while it finds nothing. Then the person decides.
const MAX_PORTIONS = 10;

/**
 * The next messages, newest first: at least one, unless there is none in what was searched through.
 *
 * @param {{ q: string, conversation?: string, from?: string, limit?: number }} query
 * @param {number | null} [before]   as a search before has said
 * @param {AbortSignal} [signal]
 * @returns {Promise<SearchPage>}
 */
export async function searchMessages(query, before, signal) {
  /** @type {SearchPage} */
  let page = { items: [], before: before ?? null };
  for (let portion = 0; portion < MAX_PORTIONS; portion++) {
    page = await ask(query, page.before, signal);
    if (page.items.length > 0 || page.before === null) break;
  }
  return page;
}

/** @param {object} query @param {number | null} before @param {AbortSignal} [signal] @returns {Promise<SearchPage>} */
async function ask(query, before, signal) {
  const answer = await call("GET", "messages/search", { query: { ...query, before: before ?? undefined }, signal });
  // An older server says no more than that there is more.
  const further = answer.before ?? answer.items.at(-1)?.id ?? null;
  return { items: answer.items, before: answer.more ? further : null };
}
