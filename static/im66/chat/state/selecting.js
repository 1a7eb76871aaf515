// Which messages of a conversation the user has marked, to do something with all of them.

import { signal } from "../../vendor/signals.js";

/** @typedef {import("../types.js").Message} Message */

export const MOST = 100;

/** Null while none are marked. @type {import("../../vendor/signals.js").Signal<{ conversation: string, messages: ReadonlyMap<number, Message> } | null>} */
export const selecting = signal(null);

/** @param {Message} message */
export function select(message) {
  selecting.value = { conversation: message.conversation, messages: new Map([[message.id, message]]) };
}

/** @param {Message} message */
export function toggle(message) {
  const now = selecting.value;
  if (!now) return;
  const messages = new Map(now.messages);
  if (!messages.delete(message.id) && messages.size < MOST) messages.set(message.id, message);
  selecting.value = { ...now, messages };
}

export function stopSelecting() {
  selecting.value = null;
}
