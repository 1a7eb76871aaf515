// The groups whose panels or names are shown, with their members.

import { signal } from "../../vendor/signals.js";
import { all, call, part } from "../wire/api.js";
import { isGroup, peerOf } from "../text/conversation_ids.js";
import { learn, nameOf, remarks, awaitedForPeople } from "./people.js";

/**
 * @typedef {object} KnownGroup
 * @property {import("../types.js").Group} group
 * @property {import("../types.js").Member[]} members
 * @property {ReadonlyMap<string, string>} nicknames   what members are called there, by userid
 */

/** @type {Map<string, import("../../vendor/signals.js").Signal<KnownGroup | null>>} */
const known = new Map();
/** Questions that are under way. @type {Map<string, Promise<void>>} */
const asking = new Map();
/** Those that wait for them. @type {Map<string, Promise<void>>} */
const waiting = new Map();

/** The group of this id; null until it is known. @param {string} id */
export function group(id) {
  const existing = known.get(id);
  if (existing) return existing;
  const made = signal(/** @type {KnownGroup | null} */ (null));
  known.set(id, made);
  void loadGroup(id);
  return made;
}

/** @param {import("../types.js").Member[]} members */
const nicknamesOf = (members) =>
  new Map(members.flatMap(({ userid, group_nickname: nickname }) => (nickname ? [[userid, nickname]] : [])));

/** What the person is called in the conversation. @param {string} conversation @param {string} userid */
export function nameIn(conversation, userid) {
  const there = isGroup(conversation) && !remarks.value.has(userid) && group(peerOf(conversation)).value?.nicknames.get(userid);
  return there || nameOf(userid);
}

/** Ask for a group anew, if it is known. @param {string} id */
export async function groupChanged(id) {
  if (known.has(id)) await loadGroup(id);
}

/** It shows another picture. @param {string} id @param {string} picture */
export function pictureChanged(id, picture) {
  const place = known.get(id);
  const knownGroup = place?.peek();
  if (place && knownGroup) place.value = { ...knownGroup, group: { ...knownGroup.group, picture } };
}

/** Ask for all that are known. */
export async function groupsAnew() {
  await Promise.all([...known.keys()].map(loadGroup));
}

/** Ask for those that could not be had. */
export async function missingGroups() {
  const missing = [...known].filter(([, place]) => !place.peek());
  await Promise.all(missing.map(([id]) => asking.get(id) ?? begin(id)));
}

/** A large group has many pages, and its changes come in bursts: one question waits for the one before. @param {string} id */
function loadGroup(id) {
  const running = asking.get(id);
  if (!running) return begin(id);
  const next = waiting.get(id) ?? running.then(() => begin(id));
  waiting.set(id, next);
  return next;
}

/** @param {string} id */
function begin(id) {
  waiting.delete(id);
  const answer = awaitedForPeople(ask(id)).finally(() => asking.delete(id));
  asking.set(id, answer);
  return answer;
}

/** @param {string} id */
async function ask(id) {
  try {
    const path = `groups/${part(id)}`;
    const [group, items] = await Promise.all([call("GET", path), all(`${path}/members`)]);
    items.forEach(learn);
    const place = known.get(id);
    if (place) place.value = { group, members: items, nicknames: nicknamesOf(items) };
  } catch {
    // It stays as it was known; the next change asks again.
  }
}
