// How far others have read.

import { signal } from "../../vendor/signals.js";

/** By conversation, up to which id the other person has read. @type {import("../../vendor/signals.js").Signal<Map<string, number>>} */
export const readByOther = signal(new Map());

/** @param {string} conversation @param {number} upto */
export function otherHasRead(conversation, upto) {
  if (upto <= (readByOther.value.get(conversation) ?? 0)) return;
  readByOther.value = new Map(readByOther.value).set(conversation, upto);
}

export function forgetMarks() {
  readByOther.value = new Map();
}
