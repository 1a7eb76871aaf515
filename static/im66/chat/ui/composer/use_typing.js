// Tells others that one is writing.

import { useCallback, useRef } from "../../html.js";
import { ask, link } from "../../state/client.js";

const SECONDS = 3;

/** What to call whenever something is written; most calls do nothing. @param {string} conversation */
export function useTyping(conversation) {
  const told = useRef(-Infinity);
  return useCallback(() => {
    const now = performance.now();
    if (now - told.current < SECONDS * 1000 || link().state !== "open") return;
    told.current = now;
    // It may be dropped at any time, so a failure is none.
    ask({ cmd: "typing", to: conversation }).catch(() => undefined);
  }, [conversation]);
}
