// Whom one may mean by what one has written.

import { config } from "../config.js";
import { isUserid } from "../text/userids.js";
import { hasAll, wordsOf } from "../text/finding.js";
import { call } from "../wire/api.js";
import { peers } from "./conversations.js";
import { learn, person } from "./people.js";

/** @typedef {import("../types.js").Profile & { isNew?: boolean }} Profile   `isNew`: nobody has had this userid so far */

const MOST = 30;

/** Raises Failure. @param {string} q @param {AbortSignal} [signal] @returns {Promise<Profile[]>} */
export async function peopleLike(q, signal) {
  const { items } = await call("GET", "users", { query: { q }, signal });
  items.forEach(learn);
  return items;
}

/**
 * Those one knows first. In open mode a userid that nobody has had so far stands for somebody, too.
 *
 * @param {string} q
 * @param {Profile[]} found   by the server
 * @param {string[]} without   userids
 */
export function candidates(q, found, without) {
  const words = wordsOf(q);
  const known = peers.value.map((userid) => person(userid).value);
  const named = known.filter(({ nickname, userid }) => hasAll(`${nickname} ${userid}`, words));
  const all = [...named, ...found, ...newcomer(q, [...named, ...found])];
  const byId = new Map(all.map((one) => [one.userid, one]));
  for (const userid of without) byId.delete(userid);
  return [...byId.values()].slice(0, MOST);
}

/** Where the one stands whose userid or name this is; -1 if there is none. @param {string} q @param {Profile[]} people */
export function indexOf(q, people) {
  const at = people.findIndex(({ userid, isNew }) => userid === q && !isNew);
  return at < 0 ? people.findIndex(({ nickname }) => nickname === q) : at;
}

/** @param {string} q @param {Profile[]} people @returns {Profile[]} */
function newcomer(q, people) {
  if (config.mode !== "open" || !isUserid(q) || people.some(({ userid }) => userid === q)) return [];
  return [{ userid: q, nickname: "", avatar: "", isNew: true }];
}
