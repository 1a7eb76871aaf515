// What was searched for in the conversation that is shown: its words are marked in the messages.

import { effect, signal } from "../../vendor/signals.js";
import { shown } from "./route.js";

/** @typedef {{ conversation: string, query: string, message: number }} Highlight   `message`: the result that is shown */

const highlight = signal(/** @type {Highlight | null} */ (null));

// It ends with the next conversation. It is set before the address changes.
effect(() => {
  if (highlight.peek()?.conversation !== shown.value) highlight.value = null;
});

/** Mark the words from now on. @param {Highlight} next */
export function markWords(next) {
  highlight.value = next;
}

/** No longer, if they are marked in this conversation; without one, in any. @param {string} [conversation] */
export function unmarkWords(conversation) {
  if (conversation === undefined || highlight.peek()?.conversation === conversation) highlight.value = null;
}

/**
 * What is searched for in the texts of a conversation; empty for nothing. `isResult`: whether this message is shown as the result.
 *
 * @param {string} conversation
 * @param {number} [message]
 */
export function soughtIn(conversation, message) {
  const now = highlight.value;
  if (now?.conversation !== conversation) return { query: "", isResult: false };
  return { query: now.query, isResult: now.message === message };
}
