// Some messages that follow each other, with what stands between them: days, notices, where what is new begins.

import { Fragment, html, useEffect, useRef } from "../../html.js";
import { today } from "../../state/days.js";
import { language } from "../../state/preferences.js";
import { beginsDay, beginsGroup, isMessage } from "../../text/sequence.js";
import { day, moment } from "../../text/times.js";
import { t } from "../../text/words.js";
import { MessageView } from "./message.js";
import { NoticeLine } from "./notice_line.js";
import { RecalledLine } from "./recalled_line.js";

/** @typedef {import("../../types.js").Item} Item */

/** @param {{ block: import("../../text/blocks.js").Block, newAt: number, timeline: import("../../state/timeline.js").Timeline }} props */
export function Block({ block, newAt, timeline }) {
  const row = (/** @type {Item} */ item, /** @type {number} */ at) => {
    const before = at === 0 ? block.before : block.items[at - 1];
    return html`
      <${Fragment} key=${item.id}>
        ${beginsDay(item, before) && html`<${DayLine} time=${item.time} />`}
        ${item.id === newAt && html`<p class="stream-new"><span>${t("New messages")}</span></p>`}
        ${drawn(item, before, timeline)}
      <//>
    `;
  };
  return html`<div class="stream-block" ref=${useMeasured()}>${block.items.map(row)}</div>`;
}

/** What out of sight is not laid out has the size that it had before. So it must have been laid out once. */
function useMeasured() {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const block = /** @type {HTMLElement} */ (ref.current);
    const observer = new ResizeObserver(() => {
      observer.disconnect();
      requestAnimationFrame(() => (block.dataset.measured = ""));
    });
    observer.observe(block);
    return () => observer.disconnect();
  }, []);
  return ref;
}

/** @param {Item} item @param {Item | undefined} before @param {import("../../state/timeline.js").Timeline} timeline */
function drawn(item, before, timeline) {
  if (!isMessage(item)) return html`<${NoticeLine} notice=${item} />`;
  if (item.recalled) return html`<${RecalledLine} message=${item} />`;
  return html`<${MessageView} message=${item} isFirst=${beginsGroup(item, before)} timeline=${timeline} />`;
}

/** @param {{ time: number }} props */
function DayLine({ time }) {
  // Read, so that it is said anew when the day is over.
  today.value;
  return html`<p class="stream-day"><time title=${moment(time, language.value)}>${day(time, language.value)}</time></p>`;
}
