// Jumps to a message that the page's address names: from a search, a quote, a link.

import { useEffect } from "../../html.js";
import { jump, shown, stay } from "../../state/route.js";
import { say } from "../../state/toasts.js";
import { t } from "../../text/words.js";

/**
 * @param {import("../../state/timeline.js").Timeline} timeline
 * @param {import("./scroller.js").Scroller} scroller
 */
export function useJumps(timeline, scroller) {
  const target = shown.value === timeline.conversation ? jump.value : null;
  useEffect(() => {
    if (target !== null) void go(timeline, scroller, target);
  }, [target, timeline]);
}

/**
 * @param {import("../../state/timeline.js").Timeline} timeline
 * @param {import("./scroller.js").Scroller} scroller
 * @param {number} id
 */
async function go(timeline, scroller, id) {
  const loading = timeline.toMessage(id);
  void scroller.aimAt({ message: id }, loading);
  await loading;
  if (jump.peek() === id) stay();
  const isThere = timeline.items.peek().some((item) => item.id === id);
  if (timeline.state.peek() === "ready" && !isThere) say(t("This message is no longer there."));
}
