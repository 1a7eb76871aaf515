// The messages that the user has starred.

import { call, part } from "../wire/api.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {{ items: Message[], more: boolean, before?: number }} StarredPage */

/** The server tells this page too. Raises Failure. @param {Message} message @param {boolean} isOn */
export async function setStarred({ conversation, id: message }, isOn) {
  const path = `conversations/${part(conversation)}/stars`;
  if (isOn) await call("PUT", path, { body: { message } });
  else await call("DELETE", path, { query: { message } });
}

/** Newest first. Raises Failure. @param {number} [before] @returns {Promise<StarredPage>} */
export const loadStars = (before) => call("GET", "stars", { query: { before } });
