// How a conversation opens: at the first message that is not read, or at the end.

import { useEffect } from "../../html.js";
import { conversations, loading, refreshed } from "../../state/conversations.js";
import { jump } from "../../state/route.js";

/**
 * @param {import("../../state/timeline.js").Timeline} timeline
 * @param {import("./scroller.js").Scroller} scroller
 */
export function useOpening(timeline, scroller) {
  const isKnown = loading.value !== "loading";
  useEffect(() => {
    if (isKnown) void open(timeline, scroller);
  }, [timeline, isKnown]);
  useEffect(() => {
    const look = () => leaveOrReturn(timeline);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [timeline]);
}

/**
 * @param {import("../../state/timeline.js").Timeline} timeline
 * @param {import("./scroller.js").Scroller} scroller
 */
async function open(timeline, scroller) {
  if (!conversations.peek().has(timeline.conversation)) await refreshed(timeline.conversation);
  const { read = 0, unread = 0 } = conversations.peek().get(timeline.conversation) ?? {};
  timeline.readUpTo.value = unread > 0 ? read : null;
  // Whoever follows a link to a message is shown that one.
  if (jump.peek() !== null || scroller.isPlaced) return;
  const loading = timeline.openAt(read, unread);
  void scroller.aimAt(unread > 0 ? { line: true } : "end", loading);
}

/** What comes while the page is out of sight is new at return. @param {import("../../state/timeline.js").Timeline} timeline */
function leaveOrReturn(timeline) {
  const found = conversations.peek().get(timeline.conversation);
  const last = timeline.items.peek().at(-1)?.id ?? 0;
  if (document.visibilityState === "hidden") {
    if (found?.unread === 0) timeline.readUpTo.value = last;
  } else if (timeline.readUpTo.peek() === last) timeline.readUpTo.value = null;
}
