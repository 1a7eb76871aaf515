// What the page asks about kinds of messages. Each is a module in ui/kinds/ that registers here; what the server says of
// them is in config.kinds.

import { config } from "../config.js";

/** @typedef {Pick<import("../types.js").Message, "kind"> & Partial<import("../types.js").Message>} ShownMessage   without an id if it is not sent yet, or stands in a bundle */
/** @typedef {(props: { message: ShownMessage, timeline: import("../state/timeline.js").Timeline, meta: any }) => any} Draw   `meta`: the small print */

/**
 * @typedef {object} Kind
 * @property {Draw} [draw]   gives nothing if the message lacks what belongs to it
 * @property {(message: ShownMessage) => string} [line]   what lists and quotes show, instead of a label with `title`
 * @property {(message: ShownMessage) => string | undefined} [title]   what they show after the label
 * @property {(message: ShownMessage) => string | undefined} [name]   what it is called among the files of a conversation
 * @property {(message: ShownMessage) => string} [copied]   what goes to the clipboard; if nothing does, it is not offered
 * @property {(message: ShownMessage) => string | null | undefined} [address]   of the first file in it, which may expire
 * @property {(content: string) => { src: string | undefined, name: string } | undefined} [sticker]   it can be saved as one, which looks like this
 * @property {string} [icon]   otherwise the one that is called as the kind
 * @property {boolean} [isText]   it is written and edited in the box
 * @property {boolean} [isPicture]   it is shown small in lists, and large in the viewer
 * @property {Entry} [entry]   of the composer's menu
 *
 * @typedef {object} Entry
 * @property {() => string} label
 * @property {() => boolean} isOffered
 * @property {any} Form   a dialog, with `conversation`, `reply` and `onSent`
 */

/** @type {Map<string, Kind>} */
const kinds = new Map();

/** @param {string} name @param {Kind} kind */
export const register = (name, kind) => void kinds.set(name, kind);

/** @param {string} name @returns {Kind} */
export const kindNamed = (name) => kinds.get(name) ?? {};

/** What the composer's menu offers now. */
export const entries = () =>
  [...kinds].flatMap(([name, { icon = name, entry }]) => (entry?.isOffered() ? [{ ...entry, icon }] : []));

/** What the message has besides its content, by the name of its field. @param {Record<string, any>} message */
export function partOf(message) {
  const { part } = config.kinds[message.kind] ?? {};
  return part && message[part] ? { [part]: message[part] } : {};
}
