// What a message shows depends on the one before it. Pure.

import { dayOf } from "./times.js";

/** @typedef {import("../types.js").Item} Item */
/** @typedef {import("../types.js").Message} Message */

const TOGETHER_SECONDS = 300;

/** @param {Item} item @returns {item is Message} */
export const isMessage = (item) => !("isNotice" in item);

/** Whether a day begins with the item. @param {Item} item @param {Item | undefined} before */
export const beginsDay = (item, before) => !before || dayOf(before.time) !== dayOf(item.time);

/**
 * Whether the message says whose it is; those that follow soon need not.
 *
 * @param {Message} message
 * @param {Item | undefined} before
 */
export function beginsGroup(message, before) {
  if (!before || !isMessage(before) || before.recalled || beginsDay(message, before)) return true;
  return before.from !== message.from || message.time - before.time > TOGETHER_SECONDS;
}

/**
 * The first message that is new to its reader.
 *
 * @param {Item[]} items
 * @param {number | null} readUpTo
 * @param {string} reader
 */
export function firstNew(items, readUpTo, reader) {
  if (readUpTo === null) return undefined;
  return items.find((item) => item.id > readUpTo && isMessage(item) && item.from !== reader && !item.recalled);
}
