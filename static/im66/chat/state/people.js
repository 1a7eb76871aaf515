// What people are called and look like. Whoever is first shown is asked for, many at once.

import { signal } from "../../vendor/signals.js";
import { asset } from "../config.js";
import { call } from "../wire/api.js";

/** @typedef {import("../types.js").Profile} Profile */
/** @typedef {import("../../vendor/signals.js").Signal<Profile>} PersonSignal */

// As many as one call may name.
const AT_ONCE = 50;

/** @type {Map<string, PersonSignal>} */
const known = new Map();
/** @type {Set<string>} */
let wanted = new Set();
/** Questions whose answers tell of some of them. @type {Set<Promise<unknown>>} */
const telling = new Set();
/** @type {Set<string>} */
const missed = new Set();

/** The person's profile: until it is known, without a name. @param {string} userid */
export function person(userid) {
  const found = known.get(userid);
  if (found) return found;
  const made = keep({ userid, nickname: "", avatar: asset("avatar.png") });
  want(userid);
  return made;
}

/** What the user calls people, by userid. @type {import("../../vendor/signals.js").Signal<ReadonlyMap<string, string>>} */
export const remarks = signal(new Map());

/** What the person is called. @param {string} userid */
export const nameOf = (userid) => remarks.value.get(userid) || person(userid).value.nickname || userid;

/**
 * Ask for nobody before this question is answered, for the answer tells of people.
 *
 * @template T
 * @param {Promise<T>} asked
 */
export function tellsOfPeople(asked) {
  const end = () => void telling.delete(asked);
  telling.add(asked);
  asked.then(end, end);
  return asked;
}

/** @param {Profile} profile   as the server tells it */
export function learn({ userid, nickname, avatar, bot }) {
  wanted.delete(userid);
  missed.delete(userid);
  const found = known.get(userid);
  if (found) found.value = { userid, nickname, avatar, bot };
  else keep({ userid, nickname, avatar, bot });
}

/** Ask for those who could not be asked for. */
export function missingPeople() {
  for (const userid of missed) want(userid);
  missed.clear();
}

/** @param {string} userid */
function want(userid) {
  if (wanted.size === 0) queueMicrotask(askForWanted);
  wanted.add(userid);
}

async function askForWanted() {
  await Promise.allSettled(telling);
  const userids = [...wanted];
  wanted = new Set();
  for (let first = 0; first < userids.length; first += AT_ONCE) {
    await askFor(userids.slice(first, first + AT_ONCE));
  }
}

/** @param {string[]} userids */
async function askFor(userids) {
  try {
    const { items } = await call("GET", "users", { query: { ids: userids.join(",") } });
    items.forEach(learn);
  } catch {
    // Their userids stand for them until they can be asked for again.
    for (const userid of userids) missed.add(userid);
  }
}

/** @param {Profile} profile */
function keep(profile) {
  const made = signal(profile);
  known.set(profile.userid, made);
  return made;
}
