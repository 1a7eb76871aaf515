// Answers that bots are writing. The server may not tell the end of one, so it is forgotten by itself.

import { signal } from "../../vendor/signals.js";

const SECONDS = 15;

/** @typedef {{ answer: string, from: string, text: string }} Growing */

/** By conversation. @type {import("../../vendor/signals.js").Signal<Map<string, Growing[]>>} */
export const growing = signal(new Map());

/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const ends = new Map();

/** @param {{ conversation: string, from: string, answer: string, content?: string, more?: boolean, done?: boolean }} told */
export function grows({ conversation, from, answer, content = "", more, done }) {
  const others = here(conversation).filter((one) => one.answer !== answer || one.from !== from);
  const known = here(conversation).find((one) => !others.includes(one));
  // A tab that has come in the middle does not know how it begins.
  if (more && !known) return;
  const key = `${conversation}/${from}/${answer}`;
  clearTimeout(ends.get(key));
  if (done) ends.delete(key);
  else ends.set(key, setTimeout(() => grows({ conversation, from, answer, done: true }), SECONDS * 1000));
  const text = (more && known ? known.text : "") + content;
  set(conversation, done ? others : [...others, { answer, from, text }]);
}

/** A message may come shortly before the end of its answer is told. @param {import("../types.js").Message} message */
export function isSent({ conversation, from, content = "" }) {
  const left = here(conversation).filter((one) => one.from !== from || !content.startsWith(one.text));
  if (left.length < here(conversation).length) set(conversation, left);
}

/** @param {string} conversation */
const here = (conversation) => growing.peek().get(conversation) ?? [];

/** @param {string} conversation @param {Growing[]} answers */
const set = (conversation, answers) => void (growing.value = new Map(growing.peek()).set(conversation, answers));
