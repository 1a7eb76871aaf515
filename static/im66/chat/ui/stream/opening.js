// How a conversation opens: at the first message that is not read, or at the end.

import { useEffect, useSignalEffect } from "../../html.js";
import { conversations, known, loading } from "../../state/conversations.js";
import { lookedAt } from "../../state/invitations.js";
import { jump } from "../../state/route.js";
import { me } from "../../state/session.js";
import { firstNew } from "../../text/sequence.js";

/**
 * @param {import("../../state/timeline.js").Timeline} timeline
 * @param {import("./scroller.js").Scroller} scroller
 */
export function useOpening(timeline, scroller) {
  useSignalEffect(() => lookedAt(conversations.value.get(timeline.conversation)));
  const isKnown = loading.value !== "loading";
  useEffect(() => {
    if (isKnown) void open(timeline, scroller);
  }, [timeline, isKnown]);
  useEffect(() => {
    const look = () => leaveOrReturn(timeline, scroller);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [timeline]);
}

/**
 * @param {import("../../state/timeline.js").Timeline} timeline
 * @param {import("./scroller.js").Scroller} scroller
 */
async function open(timeline, scroller) {
  const { read = 0, unread = 0, last } = (await known(timeline.conversation)) ?? {};
  timeline.readUpTo.value = unread > 0 ? read : null;
  // Whoever follows a link to a message is shown that one.
  if (jump.peek() !== null || scroller.isPlaced) return;
  // The messages may be later than what the list knows of them, so they tell whether something is new.
  const from = unread > 0 ? read : Math.max(read, last?.id ?? 0);
  timeline.readUpTo.value = from;
  await scroller.aimAt({ line: true }, load(timeline, from, unread));
  if (!newIn(timeline)) timeline.readUpTo.value = null;
}

/** @param {import("../../state/timeline.js").Timeline} timeline @param {number} from @param {number} unread */
async function load(timeline, from, unread) {
  const isAround = await timeline.openAt(from, unread);
  if (!isAround && newIn(timeline) && timeline.beginsAfter(from)) await timeline.toMessage(from + 1);
  if (!newIn(timeline)) await timeline.toEnd();
}

/** @param {import("../../state/timeline.js").Timeline} timeline */
const newIn = ({ items, readUpTo }) => firstNew(items.peek(), readUpTo.peek(), me.peek());

/**
 * What comes while the page is out of sight is new at return.
 *
 * @param {import("../../state/timeline.js").Timeline} timeline
 * @param {import("./scroller.js").Scroller} scroller
 */
function leaveOrReturn(timeline, scroller) {
  const existing = conversations.peek().get(timeline.conversation);
  const last = timeline.items.peek().at(-1)?.id ?? 0;
  if (document.visibilityState === "hidden") {
    if (existing?.unread === 0) timeline.readUpTo.value = last;
  } else if (timeline.readUpTo.peek() === last) timeline.readUpTo.value = null;
  else if (scroller.atEnd.peek() && newIn(timeline)) void scroller.aimAt({ line: true }, Promise.resolve());
}
