// Who is writing just now. The server may not tell the end of it, so it is forgotten by itself.

import { signal } from "../../vendor/signals.js";

const SECONDS = 6;

/** By conversation, who is writing there. @type {import("../../vendor/signals.js").Signal<Map<string, string[]>>} */
export const typing = signal(new Map());

/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const ends = new Map();

/** @param {string} conversation @param {string} userid */
export function startsTyping(conversation, userid) {
  const key = `${conversation}/${userid}`;
  clearTimeout(ends.get(key));
  ends.set(key, setTimeout(() => stopsTyping(conversation, userid), SECONDS * 1000));
  change(conversation, (userids) => (userids.includes(userid) ? userids : [...userids, userid]));
}

/** @param {string} conversation @param {string} userid */
export function stopsTyping(conversation, userid) {
  const key = `${conversation}/${userid}`;
  clearTimeout(ends.get(key));
  if (ends.delete(key)) change(conversation, (userids) => userids.filter((one) => one !== userid));
}

/** @param {string} conversation @param {(userids: string[]) => string[]} by */
function change(conversation, by) {
  typing.value = new Map(typing.value).set(conversation, by(typing.value.get(conversation) ?? []));
}
