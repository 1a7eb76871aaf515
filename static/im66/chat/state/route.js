// Which conversation the page's address names, and which message in it.

import { computed, signal } from "../../vendor/signals.js";
import { hashOf, placeIn } from "../text/conversation_ids.js";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

const place = computed(() => placeIn(hash.value));

/** The id of the conversation that is shown; null for none. */
export const shown = computed(() => place.value.conversation);

/** The message to jump to; null for none. */
export const jump = computed(() => place.value.message);

/** The code of the link to a group that was followed; empty for none. */
export const followed = computed(() => /^#\/join\/([\w-]+)$/.exec(hash.value)?.[1] ?? "");

/** Show a conversation, and a message in it. @param {string} conversation @param {number} [message] @param {boolean} [isReplacing]   without a new entry in the history */
export function show(conversation, message, isReplacing = false) {
  const next = hashOf(conversation, message);
  if (location.hash === next) return;
  if (isReplacing) location.replace(next);
  else location.hash = next;
}

/** Show the list alone. */
export function showNone() {
  location.hash = "#/";
}

/** Forget which message was jumped to, without a new entry in the history. */
export function stay() {
  if (!shown.value || jump.value === null) return;
  history.replaceState(null, "", hashOf(shown.value));
  hash.value = location.hash;
}
