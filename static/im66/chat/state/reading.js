// Read marks: what has been seen in an open conversation is read.

import { effect } from "../../vendor/signals.js";
import { ask, link } from "./client.js";
import { amend, conversations } from "./conversations.js";
import { me } from "./session.js";
import { tellTabs } from "./tabs.js";

/** What the server could not be told, by conversation. @type {Map<string, number>} */
const untold = new Map();

/** Everything in the conversation up to this message has been seen. @param {string} conversation @param {number} upto */
export async function seen(conversation, upto) {
  const found = conversations.value.get(conversation);
  if (!found || (upto <= found.read && found.unread === 0 && !found.marked_unread)) return;
  amend(conversation, { marked_unread: false, read: Math.max(upto, found.read), unread: upto >= (found.last?.id ?? 0) ? 0 : found.unread });
  await tell(conversation, upto);
}

/** @param {string} conversation @param {number} upto */
async function tell(conversation, upto) {
  try {
    const { unread } = await ask({ cmd: "read", to: conversation, upto });
    const { read = 0 } = conversations.value.get(conversation) ?? {};
    // A later mark may have been told meanwhile.
    if (upto >= read) amend(conversation, { read: upto, unread });
    tellTabs({ ev: "read", conversation, user: me.value, upto, unread });
  } catch (error) {
    if (/** @type {import("../../client/failure.js").Failure} */ (error).isPassing) untold.set(conversation, upto);
  }
}

effect(() => {
  if (link().state !== "open") return;
  const marks = [...untold];
  untold.clear();
  for (const [conversation, upto] of marks) queueMicrotask(() => tell(conversation, upto));
});
