// What is searched for above the list: conversations at once, people and messages after a moment.

import { batch, computed, effect, signal } from "../../vendor/signals.js";
import { peerOf } from "../text/conversation_ids.js";
import { hasAll, wordsOf } from "../text/finding.js";
import { call } from "../wire/api.js";
import { listed } from "./conversations.js";
import { learn } from "./people.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").Profile} Profile */
/** @typedef {"idle" | "asking" | "ready" | "failed"} Progress */

const PAUSE_MS = 300;
const PAGE = 20;
// The server takes no longer ones.
export const LONGEST = 200;

/** As it was written. */
export const query = signal("");

/** All of them if nothing is searched for. */
export const foundConversations = computed(() => {
  const words = wordsOf(query.value);
  return words.length === 0 ? listed.value : listed.value.filter((one) => hasAll(`${one.title} ${peerOf(one.id)}`, words));
});

/** @type {import("../../vendor/signals.js").Signal<Profile[]>} */
export const foundPeople = signal([]);
/** Newest first. @type {import("../../vendor/signals.js").Signal<Message[]>} */
export const foundMessages = signal([]);
export const hasMoreMessages = signal(false);
export const progress = signal(/** @type {Progress} */ ("idle"));

let asking = new AbortController();

effect(() => {
  const q = query.value.trim();
  asking.abort();
  asking = new AbortController();
  forget(q ? "asking" : "idle");
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
  const last = foundMessages.value.at(-1);
  if (!last || progress.value === "asking") return;
  const { signal } = asking;
  progress.value = "asking";
  try {
    const { items, more } = await messages(query.value.trim(), signal, last.id);
    batch(() => {
      foundMessages.value = [...foundMessages.value, ...items];
      hasMoreMessages.value = more;
      progress.value = "ready";
    });
  } catch {
    if (!signal.aborted) progress.value = "failed";
  }
}

/** @param {Progress} next */
function forget(next) {
  batch(() => {
    foundPeople.value = [];
    foundMessages.value = [];
    hasMoreMessages.value = false;
    progress.value = next;
  });
}

/** @param {string} q @param {AbortSignal} signal */
async function find(q, signal) {
  try {
    const [people, found] = await Promise.all([call("GET", "users", { query: { q }, signal }), messages(q, signal)]);
    if (signal.aborted) return;
    batch(() => {
      people.items.forEach(learn);
      foundPeople.value = people.items;
      foundMessages.value = found.items;
      hasMoreMessages.value = found.more;
      progress.value = "ready";
    });
  } catch {
    if (!signal.aborted) progress.value = "failed";
  }
}

/** @param {string} q @param {AbortSignal} signal @param {number} [before] */
const messages = (q, signal, before) => call("GET", "messages/search", { query: { q, before, limit: PAGE }, signal });
