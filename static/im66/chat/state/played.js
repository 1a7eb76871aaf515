// Which voice messages of others were listened to, in this browser. Of those from before it began to remember, all were.

import { signal } from "../../vendor/signals.js";
import { config } from "../config.js";
import { me } from "./session.js";
import { keep, keptAt, prefixOf } from "./stored.js";

// Of a person who listens to none, the oldest count as heard in the end.
const MAX_KEPT = 500;

/** `from`: all up to this message count as heard. @typedef {{ from: number, ids: ReadonlySet<number> }} Played */

/** @type {import("../../vendor/signals.js").Signal<{ of: string, played: Played } | null>} */
const known = signal(null);

const keyOf = () => `${prefixOf("heard", me.peek())}voice`;

/** @returns {Played} */
function played() {
  const current = known.value;
  if (current?.of === me.value) return current.played;
  const read = parsed(keptAt(keyOf())) ?? { from: config.head, ids: new Set() };
  if (!keptAt(keyOf())) write(read);
  queueMicrotask(() => (known.value = { of: me.peek(), played: read }));
  return read;
}

/** @param {string | null} text @returns {Played | null} */
function parsed(text) {
  const [from, ...ids] = (text ?? "").split(",").map(Number);
  return text && [from, ...ids].every(Number.isSafeInteger) ? { from, ids: new Set(ids) } : null;
}

/** @param {Played} what */
const write = ({ from, ids }) => void keep(keyOf(), [from, ...ids].join(","));

/** @param {number} id */
export const isUnheard = (id) => id > played().from && !played().ids.has(id);

/** @param {number} id */
export function markPlayed(id) {
  if (!isUnheard(id)) return;
  const all = [...played().ids, id].sort((a, b) => a - b);
  const dropped = all.splice(0, Math.max(0, all.length - MAX_KEPT));
  const next = { from: dropped.at(-1) ?? played().from, ids: new Set(all) };
  write(next);
  known.value = { of: me.peek(), played: next };
}

addEventListener("storage", ({ key }) => {
  if (key === keyOf()) known.value = null;
});
