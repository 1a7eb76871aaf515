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
let missing = new Set();
/** Questions whose answers tell of some of them. @type {Set<Promise<unknown>>} */
const telling = new Set();
/** @type {Set<string>} */
const missed = new Set();

/** The person's profile: until it is known, without a name. @param {string} userid */
export function person(userid) {
  const existing = known.get(userid);
  if (existing) return existing;
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
 * @param {Promise<T>} answer
 */
export function awaitedForPeople(answer) {
  const end = () => void telling.delete(answer);
  telling.add(answer);
  answer.then(end, end);
  return answer;
}

/** @param {Profile} profile   as the server tells it */
export function learn({ userid, nickname, avatar, bot }) {
  missing.delete(userid);
  missed.delete(userid);
  const existing = known.get(userid);
  if (existing) existing.value = { userid, nickname, avatar, bot };
  else keep({ userid, nickname, avatar, bot });
}

/** Ask for those who could not be asked for. */
export function missingPeople() {
  for (const userid of missed) want(userid);
  missed.clear();
}

/** @param {string} userid */
function want(userid) {
  if (missing.size === 0) queueMicrotask(fetchMissing);
  missing.add(userid);
}

async function fetchMissing() {
  await Promise.allSettled(telling);
  const userids = [...missing];
  missing = new Set();
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
