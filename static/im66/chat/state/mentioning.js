// Whom the user has mentioned in what is being written: the text has their names, the server wants their userids.

import { me } from "./session.js";

const EVERYBODY = "*";

/** By conversation, the userids of the names and commands that were chosen. @type {Map<string, Map<string, string>>} */
const chosen = new Map();

/** @param {string} conversation @param {string} said   `@` and a name, or `/` and a command of a bot @param {string} userid */
export function choose(conversation, said, userid) {
  const all = chosen.get(conversation) ?? new Map();
  chosen.set(conversation, all.set(said, userid));
}

/** Those whose names are in the text. @param {string} conversation @param {string} text @returns {string[] | undefined} */
export function mentionsIn(conversation, text) {
  const isSaid = (/** @type {string} */ said) => (said.startsWith("/") ? `${text} `.startsWith(`${said} `) : text.includes(said));
  const found = [...(chosen.get(conversation) ?? [])].filter(([said]) => isSaid(said)).map(([, userid]) => userid);
  return found.length ? [...new Set(found)] : undefined;
}

/** @param {{ mentions?: string[] }} message */
export const mentionsMe = ({ mentions = [] }) => mentions.includes(me.peek()) || mentions.includes(EVERYBODY);
