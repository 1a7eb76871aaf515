// Tells the server what has been in sight, not more often than needed.

import { useComputed, useSignalEffect } from "../../html.js";
import { conversations } from "../../state/conversations.js";
import { seen } from "../../state/reading.js";
import { me } from "../../state/session.js";
import { isMessage } from "../../text/sequence.js";

const PAUSE = 300;

/** @typedef {import("../../state/timeline.js").Timeline} Timeline */

/** @param {Timeline} timeline @returns {(id: number) => void} */
export function seenBy(timeline) {
  let upto = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let planned;
  const tell = () => {
    planned = undefined;
    const last = timeline.items
      .peek()
      .findLast((item) => item.id <= upto && isMessage(item) && item.from !== me.peek());
    if (last) void seen(timeline.conversation, last.id);
  };
  return (id) => {
    if (id <= upto && !conversations.peek().get(timeline.conversation)?.unread) return;
    upto = Math.max(id, upto);
    planned ??= setTimeout(tell, PAUSE);
  };
}

/** The list may learn later than the stream that something is unread. @param {Timeline} timeline @param {import("./scroller.js").Scroller} scroller */
export function useLooks({ conversation }, scroller) {
  const isUnread = useComputed(() => Boolean(conversations.value.get(conversation)?.unread));
  useSignalEffect(() => {
    if (isUnread.value) scroller.look();
  });
}
