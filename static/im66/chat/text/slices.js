// Lists of what stands in a conversation, oldest first, without doubles. Pure.

/** @typedef {import("../types.js").Item} Item */

/**
 * Both lists as one. Of two with the same id, the one of `newer` stays.
 *
 * @param {Item[]} items
 * @param {Item[]} newer
 * @returns {Item[]}
 */
export function merged(items, newer) {
  if (newer.length === 0) return items;
  const last = items.at(-1);
  if (!last || newer[0].id > last.id) return [...items, ...newer];
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const item of newer) byId.set(item.id, item);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

/**
 * The list with another item in place of that with this id.
 *
 * @template {Item} T
 * @param {T[]} items
 * @param {number} id
 * @param {(item: T) => T} change
 */
export function changed(items, id, change) {
  const at = items.findIndex((item) => item.id === id);
  return at < 0 ? items : items.with(at, change(items[at]));
}

// Messages of a page that are put in at once: each part has a frame of its own, so that scrolling goes on meanwhile.
const PUT_AT_ONCE = 5;

/**
 * Parts that follow each other: at least one.
 *
 * @template T
 * @param {T[]} items
 */
export function fromStart(items) {
  const parts = [items.slice(0, PUT_AT_ONCE)];
  for (let at = PUT_AT_ONCE; at < items.length; at += PUT_AT_ONCE) parts.push(items.slice(at, at + PUT_AT_ONCE));
  return parts;
}

/**
 * The same, the last one first.
 *
 * @template T
 * @param {T[]} items
 */
export const fromEnd = (items) => fromStart(items).reverse();

/**
 * One without an emoji takes back all that its person has given.
 *
 * @param {Record<string, string[]> | undefined} reactions
 * @param {{ emoji: string, from: string, on: boolean }} reaction
 */
export function reacted(reactions = {}, { emoji, from, on }) {
  if (!emoji) return without(reactions, from);
  // People choose the names, and every object has some of its own, such as "constructor".
  const before = Object.hasOwn(reactions, emoji) ? reactions[emoji] : [];
  const others = before.filter((userid) => userid !== from);
  const givers = on ? [...others, from] : others;
  const { [emoji]: _, ...rest } = reactions;
  return givers.length ? { ...reactions, [emoji]: givers } : rest;
}

/**
 * The message after a reaction. The server names the first who have given an emoji, and counts all if they are more.
 *
 * @param {import("../types.js").Message} message
 * @param {{ emoji: string, from: string, on: boolean }} reaction
 */
export function reactedTo(message, reaction) {
  const reactions = reacted(message.reactions, reaction);
  if (!message.reaction_counts) return { ...message, reactions };
  const counted = Object.entries(message.reaction_counts).map(([emoji, count]) => /** @type {[string, number]} */ ([emoji, count + change(message, emoji, reaction)]));
  const counts = Object.fromEntries(counted.filter(([, count]) => count > 0));
  const named = Object.fromEntries(Object.keys(counts).map((emoji) => [emoji, Object.hasOwn(reactions, emoji) ? reactions[emoji] : []]));
  return { ...message, reactions: { ...reactions, ...named }, reaction_counts: counts };
}

/** How many have given an emoji. @param {import("../types.js").Message} message @param {string} emoji */
export function countOf(message, emoji) {
  const counts = message.reaction_counts ?? {};
  return Object.hasOwn(counts, emoji) ? counts[emoji] : (message.reactions?.[emoji].length ?? 0);
}

/** @param {import("../types.js").Message} message @param {string} emoji @param {{ emoji: string, from: string, on: boolean }} reaction */
function change({ reactions = {} }, emoji, reaction) {
  const isNamed = Object.hasOwn(reactions, emoji) && reactions[emoji].includes(reaction.from);
  if (!reaction.emoji) return isNamed ? -1 : 0;
  if (reaction.emoji !== emoji) return 0;
  return reaction.on ? Number(!isNamed) : -1;
}

/** @param {Record<string, string[]>} reactions @param {string} from */
function without(reactions, from) {
  const others = Object.entries(reactions).map(([emoji, givers]) => [emoji, givers.filter((userid) => userid !== from)]);
  return Object.fromEntries(others.filter(([, givers]) => givers.length));
}
