// The messages of a conversation.

import { html, useEffect, useLayoutEffect, useMemo, useRef } from "../../html.js";
import { link } from "../../state/client.js";
import { t } from "../../text/words.js";
import { Divider } from "../../text/blocks.js";
import { firstNew } from "../../text/sequence.js";
import { me } from "../../state/session.js";
import { keepTrying } from "../../state/trying.js";
import { Announcer } from "./announcer.js";
import { Block } from "./block.js";
import { JumpButton } from "./jump_button.js";
import { steering } from "./keys.js";
import { MessageMenu } from "./menu/message_menu.js";
import { contextHandlers } from "./menu/context.js";
import { useOpening } from "./opening.js";
import { useJumps } from "./jumps.js";
import { Scroller } from "./scroller.js";
import { seenBy, useLooks } from "./seen.js";
import { StreamState } from "./stream_state.js";
import { TypingLine } from "./typing_line.js";
import { Waiting } from "./waiting.js";

/** @typedef {import("../../state/timeline.js").Timeline} Timeline */

/** @param {{ timeline: Timeline }} props */
export function Stream({ timeline }) {
  const log = useRef(/** @type {HTMLElement | null} */ (null));
  const scroller = useMemo(() => new Scroller(timeline, seenBy(timeline)), [timeline]);
  useLayoutEffect(() => {
    scroller.attach(/** @type {HTMLElement} */ (log.current));
    return () => scroller.detach();
  }, [scroller]);
  useOpening(timeline, scroller);
  useJumps(timeline, scroller);
  useLooks(timeline, scroller);
  const isBusy = ["new", "loading"].includes(timeline.state.value);
  const isOpen = link().state === "open";
  useEffect(() => {
    if (isOpen && timeline.state.peek() === "failed") void timeline.open();
  }, [isOpen]);
  useEffect(() => keepTrying(() => timeline.state.value, () => timeline.open()), [timeline]);
  const handlers = useMemo(() => ({ ...contextHandlers(timeline), onKeyDown: steering(timeline) }), [timeline]);
  return html`
    <div class="stream-frame">
      <div class="stream" role="log" aria-label=${t("Messages")} aria-live="off" aria-busy=${String(isBusy)} tabindex="0" ref=${log} ...${handlers}>
        <div class="stream-content">
          <${StreamState} timeline=${timeline} />
          <${Blocks} timeline=${timeline} scroller=${scroller} />
          <${Waiting} timeline=${timeline} scroller=${scroller} />
          <${TypingLine} conversation=${timeline.conversation} />
        </div>
      </div>
      <${JumpButton} timeline=${timeline} scroller=${scroller} />
      <${MessageMenu} />
      <${Announcer} conversation=${timeline.conversation} />
    </div>
  `;
}

/** @param {{ timeline: Timeline, scroller: Scroller }} props */
function Blocks({ timeline, scroller }) {
  const divider = useMemo(() => new Divider(), [timeline]);
  /** What was drawn last, by block: what has not changed is not drawn again. */
  const drawn = useMemo(() => /** @type {WeakMap<object, { newAt: number, view: any }>} */ (new WeakMap()), [timeline]);
  const items = timeline.items.value;
  const newAt = firstNew(items, timeline.readUpTo.value, me.value)?.id ?? 0;
  scroller.remember();
  useLayoutEffect(() => scroller.settle());
  return divider.divide(items).map((block) => {
    const newHere = block.items.some(({ id }) => id === newAt) ? newAt : 0;
    const known = drawn.get(block);
    if (known?.newAt === newHere) return known.view;
    const view = html`<${Block} key=${block.key} block=${block} newAt=${newHere} timeline=${timeline} />`;
    drawn.set(block, { newAt: newHere, view });
    return view;
  });
}
