// Read marks: what has been seen in an open conversation is read.

import { effect } from "../../vendor/signals.js";
import { ask, link } from "./client.js";
import { amend, conversations } from "./conversations.js";
import { me } from "./session.js";
import { keep, keptAt, ofTab, prefixOf } from "./stored.js";
import { notifyTabs } from "./tabs.js";

/** What the server has not been told, by conversation. @type {Map<string, number>} */
const untold = new Map();
const keyOf = (/** @type {string} */ userid) => `${prefixOf("marks", userid)}untold`;

/** The tab keeps it: a page that is loaded again tells what the one before could not. */
function keepUntold() {
  keep(keyOf(me.peek()), untold.size ? JSON.stringify([...untold]) : "", ofTab);
}

/** @returns {[string, number][]} */
function keptUntold() {
  return JSON.parse(keptAt(keyOf(me.peek()), ofTab) || "[]");
}

/** Everything in the conversation up to this message has been seen. @param {string} conversation @param {number} upto */
export async function seen(conversation, upto) {
  const existing = conversations.value.get(conversation);
  if (!existing || (upto <= existing.read && existing.unread === 0 && !existing.marked_unread)) return;
  amend(conversation, { marked_unread: false, read: Math.max(upto, existing.read), unread: upto >= (existing.last?.id ?? 0) ? 0 : existing.unread });
  await send(conversation, upto);
}

/** @param {string} conversation @param {number} upto */
async function send(conversation, upto) {
  untold.set(conversation, Math.max(upto, untold.get(conversation) ?? 0));
  keepUntold();
  try {
    const { unread } = await ask({ cmd: "read", to: conversation, upto });
    const { read = 0 } = conversations.value.get(conversation) ?? {};
    // A later mark may have been told meanwhile.
    if (upto >= read) amend(conversation, { read: upto, unread });
    notifyTabs({ ev: "read", conversation, user: me.value, upto, unread });
    onSent(conversation, upto);
  } catch (error) {
    if (!(/** @type {import("../../client/failure.js").Failure} */ (error).isPassing)) onSent(conversation, upto);
  }
}

/** @param {string} conversation @param {number} upto */
function onSent(conversation, upto) {
  if ((untold.get(conversation) ?? 0) > upto) return;
  untold.delete(conversation);
  keepUntold();
}

effect(() => {
  if (link().state !== "open") return;
  const marks = new Map([...keptUntold(), ...untold]);
  for (const [conversation, upto] of marks) queueMicrotask(() => send(conversation, upto));
});
