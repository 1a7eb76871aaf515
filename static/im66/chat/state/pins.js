// The messages that are pinned in conversations, for everybody in them.

import { signal } from "../../vendor/signals.js";
import { isGroup } from "../text/conversation_ids.js";
import { call, part } from "../wire/api.js";
import { conversations } from "./conversations.js";

/** @typedef {import("../types.js").Message & { pinned_by: string, pinned_at: number }} PinnedMessage */

// Those of conversations left longest ago are forgotten, and asked for again when they are opened again.
const KEPT = 12;

/** Pinned last first. @type {Map<string, import("../../vendor/signals.js").Signal<PinnedMessage[]>>} */
const known = new Map();

/** @param {string} conversation */
const path = (conversation) => `conversations/${part(conversation)}/pins`;

/** The pins of a conversation: none, until they are known. @param {string} conversation */
export function pinsOf(conversation) {
  const existing = known.get(conversation);
  if (existing) return existing;
  const made = signal(/** @type {PinnedMessage[]} */ ([]));
  known.set(conversation, made);
  for (const oldest of [...known.keys()].slice(0, -KEPT)) known.delete(oldest);
  return made;
}

/** Ask for them anew, if they are shown. @param {string} conversation */
export async function loadPins(conversation) {
  const place = known.get(conversation);
  if (!place) return;
  try {
    const { items } = await call("GET", path(conversation));
    place.value = items;
  } catch {
    // They stay as they were known; the next change asks again.
  }
}

/** Something has become of the message. @param {string} conversation @param {number} target */
export function amendedPin(conversation, target) {
  if (known.get(conversation)?.value.some(({ id }) => id === target)) void loadPins(conversation);
}

/** Whether one may pin messages there. @param {string} conversation */
export const mayPin = (conversation) =>
  !isGroup(conversation) || ["owner", "admin"].includes(conversations.value.get(conversation)?.role ?? "");

/** Raises Failure. @param {string} conversation @param {number} message @param {boolean} isOn */
export async function setPinned(conversation, message, isOn) {
  if (isOn) await call("PUT", path(conversation), { body: { message } });
  else await call("DELETE", path(conversation), { query: { message } });
  await loadPins(conversation);
}
