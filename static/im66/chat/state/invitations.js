// Groups that somebody has put the user into, and that the user has not looked at since, with this browser.

import { signal } from "../../vendor/signals.js";
import { me } from "./session.js";
import { keep, keptAt, prefixOf } from "./stored.js";

/** @typedef {import("../types.js").Conversation} Conversation */

const changes = signal(0);
// Another tab has looked at one.
globalThis.addEventListener?.("storage", () => (changes.value += 1));

const keyOf = (/** @type {string} */ id) => prefixOf("joined", me.value) + id;

/** @param {Conversation} conversation */
export function isNewGroup({ id, joined }) {
  if (!joined?.by || joined.by === me.value) return false;
  return changes.value >= 0 && Number(keptAt(keyOf(id)) ?? 0) < joined.id;
}

/** The user looks at it. @param {Conversation | undefined} conversation */
export function lookedAt(conversation) {
  if (!conversation?.joined || !isNewGroup(conversation)) return;
  keep(keyOf(conversation.id), String(conversation.joined.id));
  changes.value += 1;
}
