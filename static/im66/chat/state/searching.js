// What is searched for above the list: conversations at once, people and messages after a moment.

import { batch, computed, effect, signal } from "../../vendor/signals.js";
import { ofPerson, peerOf } from "../text/conversation_ids.js";
import { hasAll, wordsOf } from "../text/finding.js";
import { call } from "../wire/api.js";
import { searchMessages } from "../wire/message_search.js";
import { find as findListed, known, listed, ordered } from "./conversations.js";
import { unmarkWords } from "./highlighted.js";
import { isSearching } from "./panel.js";
import { learn } from "./people.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").Profile} Profile */
/** @typedef {"idle" | "asking" | "ready" | "failed"} Progress */

const PAUSE_MS = 300;
const PAGE = 20;

/** As it was written. */
export const query = signal("");

/** @type {import("../../vendor/signals.js").Signal<Profile[]>} */
export const matchingPeople = signal([]);

/** The ids of those that the server has found. @type {import("../../vendor/signals.js").Signal<ReadonlySet<string>>} */
const matchingIds = signal(new Set());

/** All of them if nothing is searched for. The server finds people by pinyin, too. */
export const matchingConversations = computed(() => {
  const words = wordsOf(query.value);
  if (words.length === 0) return listed.value;
  const withPeople = new Set(matchingPeople.value.map(({ userid }) => ofPerson(userid)));
  return ordered.value.filter((one) => hasAll(`${one.remark} ${one.title} ${peerOf(one.id)}`, words) || withPeople.has(one.id) || matchingIds.value.has(one.id));
});

/** Newest first. @type {import("../../vendor/signals.js").Signal<Message[]>} */
export const matchingMessages = signal([]);
/** From where to search on; null if there is nothing more. */
const before = signal(/** @type {number | null} */ (null));
export const hasMoreMessages = computed(() => before.value !== null);
export const progress = signal(/** @type {Progress} */ ("idle"));

let asking = new AbortController();

effect(() => {
  const q = query.value.trim();
  asking.abort();
  asking = new AbortController();
  forget(q ? "asking" : "idle");
  // In the open conversation, somebody may search for something else.
  if (!q && !isSearching.peek()) unmarkWords();
  const timer = q && setTimeout(() => void find(q, asking.signal), PAUSE_MS);
  return () => clearTimeout(timer || undefined);
});

/** Search again for what could not be searched for. */
export function searchAgain() {
  progress.value = "asking";
  return find(query.value.trim(), asking.signal);
}

/** The next page of messages. */
export async function moreMessages() {
  if (before.value === null || progress.value === "asking") return;
  const { signal } = asking;
  progress.value = "asking";
  try {
    const page = await messages(query.value.trim(), signal, before.value);
    batch(() => {
      learnPlaces(page.items);
      matchingMessages.value = [...matchingMessages.value, ...page.items];
      before.value = page.before;
      progress.value = "ready";
    });
  } catch {
    if (!signal.aborted) progress.value = "failed";
  }
}

/** @param {Progress} next */
function forget(next) {
  batch(() => {
    matchingPeople.value = [];
    matchingIds.value = new Set();
    matchingMessages.value = [];
    before.value = null;
    progress.value = next;
  });
}

/** @param {string} q @param {AbortSignal} signal */
async function find(q, signal) {
  try {
    const [people, page, ids] = await Promise.all([call("GET", "users", { query: { q }, signal }), messages(q, signal), findListed(q, signal)]);
    if (signal.aborted) return;
    batch(() => {
      people.items.forEach(learn);
      matchingPeople.value = people.items;
      matchingIds.value = ids;
      learnPlaces(page.items);
      matchingMessages.value = page.items;
      before.value = page.before;
      progress.value = "ready";
    });
  } catch {
    if (!signal.aborted) progress.value = "failed";
  }
}

/** @param {string} q @param {AbortSignal} signal @param {number | null} [from] */
const messages = (q, signal, from) => searchMessages({ q, limit: PAGE }, from, signal);

/** What they are in is shown with them. @param {Message[]} hits */
const learnPlaces = (hits) => new Set(hits.map(({ conversation }) => conversation)).forEach((id) => void known(id));
