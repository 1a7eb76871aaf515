// The messages that are kept to be read without a network: what events make of them, and how they answer the API's
// calls. Pure.

import { isPicture } from "./media_urls.js";
import { changed, merged, reactedTo } from "./slices.js";

/** @typedef {import("../types.js").Item} Item */
/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").Conversation} Conversation */
/** @typedef {import("../types.js").Profile} Profile */
/** @typedef {{ items: Item[], more: boolean }} Block   the last messages of a conversation, and whether there are older ones */
/** `slots`: by conversation, the number of its block; `readAt`: when the server gave it, in milliseconds; `upto`: the last event that was dealt with, of the log of this name; `sent`: by conversation, the addresses of the last pictures; `pictures`: by `lasting`, those that are kept. @typedef {{ userid: string, upto: number, log: string, rows: Conversation[], people: Profile[], slots: Record<string, number>, readAt: Record<string, number>, sent: Record<string, string[]>, pictures: Record<string, { slot: number, type: string }> }} Index */
/** @typedef {Record<string, string | number | undefined>} Query */

export const MAX_MESSAGES = 200;
export const MAX_CONVERSATIONS = 50;
const MAX_SENT = 5;
const PAGE = 50;

/** What stays of an address that expires. @param {string} address */
export const lasting = (address) => address.replace(/\?.*$/s, "");

/** The addresses of the last pictures in it. @param {Block} block @returns {string[]} */
export const sentIn = ({ items }) => items.flatMap((item) => ("content" in item && item.content && isPicture(item.content) ? [item.content] : [])).slice(-MAX_SENT);

/** @param {Block} block @param {Item[]} fresh @returns {Block} */
function withItems({ items, more }, fresh) {
  const all = merged(items, fresh);
  return { items: all.slice(-MAX_MESSAGES), more: more || all.length > MAX_MESSAGES };
}

/** @param {Block} block @param {number} id @param {(message: Message) => Message} change @returns {Block} */
const amended = (block, id, change) => ({ ...block, items: changed(block.items, id, (item) => change(/** @type {Message} */ (item))) });

/** Nothing of what it said stays. @param {Message} message @param {string} [by] @returns {any} */
const blank = ({ id, conversation, from, kind, time }, by) => ({ id, conversation, from, kind, time, recalled: true, reactions: {}, edited: null, ...(by && { by }) });

/** @param {Block} block @param {(item: Item) => boolean} stays @returns {Block} */
const without = (block, stays) => ({ ...block, items: block.items.filter(stays) });

/** @type {Record<string, (block: Block, event: any) => Block | null>} */
const APPLY = {
  message: (block, { ev, isOwn, ...message }) => withItems(block, [{ edited: null, reactions: {}, ...message }]),
  notice: (block, { ev, ...notice }) => (notice.history ? null : withItems(block, [{ kind: "notice", ...notice }])),
  edited: (block, { target, content, id, card }) => amended(block, target, ({ preview, ...message }) => ({ ...message, content, edited: id, ...(card && { card }) })),
  recalled: (block, { target, by }) => amended(block, target, (message) => blank(message, by)),
  restored: () => null,
  reaction: (block, { target, ...reaction }) => amended(block, target, (message) => reactedTo(message, reaction)),
  preview: (block, { target, preview }) => amended(block, target, (message) => ({ ...message, preview })),
  conversation: (block, { cleared, hidden, unhidden }) => {
    if (unhidden) return null;
    if (hidden) return without(block, ({ id }) => !hidden.includes(id));
    return cleared === undefined ? block : withoutCleared(block, cleared);
  },
};

/** Without what was cleared up to this id. @param {Block} block @param {number} upto @returns {Block} */
export const withoutCleared = (block, upto) => ({ items: block.items.filter(({ id }) => id > upto), more: false });

/** What an event makes of the block; null: it must be read anew. @param {Block} block @param {any} event @returns {Block | null} */
export const applied = (block, event) => (Object.hasOwn(APPLY, event.ev) ? APPLY[event.ev](block, event) : block);

/** Whether an event says anything about what is kept. @param {{ ev: string, conversation?: string }} event */
export const concerns = ({ ev, conversation }) => conversation !== undefined && Object.hasOwn(APPLY, ev);

const MESSAGES = /^conversations\/([^/]+)\/messages$/;
const CONVERSATION = /^conversations\/([^/]+)$/;

/**
 * What is kept of the answer to this call; undefined if that is nothing.
 *
 * @param {Index} index
 * @param {(conversation: string) => Promise<Block | undefined>} blockOf
 * @param {string} path   below the API's root
 * @param {Query} query
 */
export async function answerFrom(index, blockOf, path, query) {
  if (path === "conversations") return listed(index, query);
  if (path === "users") return { items: named(index.people, "userid", query.ids), next: null };
  if (path === "me") return index.people.find(({ userid }) => userid === index.userid);
  const messages = MESSAGES.exec(path);
  if (messages) {
    const block = await blockOf(decodeURIComponent(messages[1]));
    return block && pageIn(block, query);
  }
  const one = CONVERSATION.exec(path);
  return one ? index.rows.find(({ id }) => id === decodeURIComponent(one[1])) : undefined;
}

/** @param {Index} index @param {Query} query */
function listed({ rows }, { folder, ids, q, after }) {
  // What is not kept would be missing among what is found.
  if (q !== undefined || after !== undefined) return undefined;
  if (ids !== undefined) return { items: named(rows, "id", ids), next: null };
  return folder === "main" ? { items: rows, next: null } : undefined;
}

/** @template T @param {T[]} all @param {keyof T} name @param {string | number | undefined} ids */
const named = (all, name, ids) => all.filter((one) => String(ids).split(",").includes(String(one[name])));

/** @param {Block} block @param {Query} query @returns {{ items: Item[], more: boolean } | undefined} */
function pageIn({ items, more }, { limit = PAGE, before, after, around, kind, mentioned, time }) {
  if (kind !== undefined || mentioned !== undefined || time !== undefined) return undefined;
  const count = Number(limit);
  if (after !== undefined) {
    const newer = items.filter(({ id }) => id > Number(after));
    return { items: newer.slice(0, count), more: newer.length > count };
  }
  if (around !== undefined) {
    const at = items.findIndex(({ id }) => id >= Number(around));
    const first = Math.max(0, (at < 0 ? items.length : at) - Math.floor(count / 2));
    return { items: items.slice(first, first + count), more: more || items.length > count };
  }
  const older = before === undefined ? items : items.filter(({ id }) => id < Number(before));
  // There may be some, and nobody knows them here.
  if (older.length === 0 && more) return undefined;
  return { items: older.slice(-count), more: more || older.length > count };
}
