// What the box for writing is for, where it is not for a new message: a reply, or another text of one's own message.

import { signal } from "../../vendor/signals.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {{ mode: "reply" | "edit", message: Message }} Composing */

/** By conversation. @type {import("../../vendor/signals.js").Signal<ReadonlyMap<string, Composing>>} */
export const composing = signal(new Map());

/**
 * A text to put into a conversation's box, instead of what is in it. Whoever puts it there sets this to null.
 *
 * @type {import("../../vendor/signals.js").Signal<{ conversation: string, text: string } | null>}
 */
export const suggested = signal(null);

/**
 * @typedef {object} Recording
 * @property {string} conversation
 * @property {"asking" | "running" | "paused" | "ended"} state   `asking`: for the microphone
 * @property {number} seconds
 * @property {number[]} levels   how loud it was at each tick, from 0 to 1
 * @property {string} [url]   where it can be listened to, while it is paused and once it has ended
 */

/** The voice message that is being recorded. @type {import("../../vendor/signals.js").Signal<Recording | null>} */
export const recording = signal(null);

/** Write a reply to the message. @param {string} conversation @param {Message} message */
export const reply = (conversation, message) => put(conversation, { mode: "reply", message });

/** Write another text for the message. @param {string} conversation @param {Message} message */
export const edit = (conversation, message) => put(conversation, { mode: "edit", message });

/** Write a new message. @param {string} conversation */
export function cancel(conversation) {
  const left = new Map(composing.value);
  if (left.delete(conversation)) composing.value = left;
}

/** Write a new message which begins with a text. @param {string} conversation @param {string} text */
export function suggest(conversation, text) {
  cancel(conversation);
  suggested.value = { conversation, text };
}

/** @param {string} conversation @param {Composing} what */
function put(conversation, what) {
  composing.value = new Map(composing.value).set(conversation, what);
}
