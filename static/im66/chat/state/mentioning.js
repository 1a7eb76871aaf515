// Whom the user has mentioned in what is being written: the text has their names, the server wants their userids.

import { me } from "./session.js";

const EVERYBODY = "*";

/** By conversation, the userids of the names and commands that were chosen. @type {Map<string, Map<string, string>>} */
const chosen = new Map();

/** @param {string} conversation @param {string} phrase   `@` and a name, or `/` and a command of a bot @param {string} userid */
export function choose(conversation, phrase, userid) {
  const all = chosen.get(conversation) ?? new Map();
  chosen.set(conversation, all.set(phrase, userid));
}

/** Those whose names are in the text. @param {string} conversation @param {string} text @returns {string[] | undefined} */
export function mentionsIn(conversation, text) {
  const isIn = (/** @type {string} */ phrase) => (phrase.startsWith("/") ? `${text} `.startsWith(`${phrase} `) : text.includes(phrase));
  const userids = [...(chosen.get(conversation) ?? [])].filter(([phrase]) => isIn(phrase)).map(([, userid]) => userid);
  return userids.length ? [...new Set(userids)] : undefined;
}

/** @param {{ mentions?: string[] }} message */
export const mentionsMe = ({ mentions = [] }) => mentions.includes(me.peek()) || mentions.includes(EVERYBODY);
