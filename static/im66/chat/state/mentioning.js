// Whom the user has mentioned in what is being written: the text has their names, the server wants their userids.

import { me } from "./session.js";

const EVERYBODY = "*";

/** By conversation, the userids of the names that were chosen. @type {Map<string, Map<string, string>>} */
const chosen = new Map();

/** @param {string} conversation @param {string} name @param {string} userid */
export function choose(conversation, name, userid) {
  const names = chosen.get(conversation) ?? new Map();
  chosen.set(conversation, names.set(name, userid));
}

/** Those whose names are in the text. @param {string} conversation @param {string} text @returns {string[] | undefined} */
export function mentionsIn(conversation, text) {
  const found = [...(chosen.get(conversation) ?? [])].filter(([name]) => text.includes(`@${name}`)).map(([, userid]) => userid);
  return found.length ? [...new Set(found)] : undefined;
}

/** @param {{ mentions?: string[] }} message */
export const mentionsMe = ({ mentions = [] }) => mentions.includes(me.peek()) || mentions.includes(EVERYBODY);
