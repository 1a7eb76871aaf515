// Some messages that follow each other, with what stands between them: days, notices, where what is new begins.

import { html, useEffect, useMemo, useRef } from "../../html.js";
import { today } from "../../state/days.js";
import { language } from "../../state/preferences.js";
import { beginsDay, beginsGroup, isMessage } from "../../text/sequence.js";
import { day, moment } from "../../text/times.js";
import { t } from "../../text/words.js";
import { MessageView } from "./message.js";
import { noticeText } from "./notices.js";
import { takenBack } from "../../state/amending.js";
import { suggest } from "../../state/composing.js";
import { nameIn } from "../../state/groups.js";
import { me } from "../../state/session.js";
import { MODERATOR } from "../../text/moderator.js";

/** @typedef {import("../../types.js").Item} Item */

/** @param {{ block: import("../../text/blocks.js").Block, newAt: number, timeline: import("../../state/timeline.js").Timeline }} props */
export function Block({ block, newAt, timeline }) {
  /** What was drawn last, by item: of what comes before a block, only its first rows show anything. */
  const drawn = useMemo(() => /** @type {WeakMap<Item, { follows: string, view: any }>} */ (new WeakMap()), [timeline]);
  const row = (/** @type {Item} */ item, /** @type {number} */ at) => {
    const before = at === 0 ? block.before : block.items[at - 1];
    const place = { isDay: beginsDay(item, before), isNew: item.id === newAt, isFirst: isMessage(item) && beginsGroup(item, before) };
    const follows = JSON.stringify(place);
    const known = drawn.get(item);
    if (known?.follows === follows) return known.view;
    const view = html`<${Row} key=${item.id} item=${item} ...${place} timeline=${timeline} />`;
    drawn.set(item, { follows, view });
    return view;
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

/** @param {{ item: Item, isDay: boolean, isNew: boolean, isFirst: boolean, timeline: import("../../state/timeline.js").Timeline }} props */
function Row({ item, isDay, isNew, isFirst, timeline }) {
  return html`
    ${isDay && html`<${DayLine} time=${item.time} />`}
    ${isNew && html`<p class="stream-new"><span>${t("New messages")}</span></p>`}
    ${drawn(item, isFirst, timeline)}
  `;
}

/** @param {Item} item @param {boolean} isFirst @param {import("../../state/timeline.js").Timeline} timeline */
function drawn(item, isFirst, timeline) {
  if (!isMessage(item)) return html`<${NoticeLine} notice=${item} />`;
  if (item.recalled) return html`<${RecalledLine} message=${item} />`;
  return html`<${MessageView} message=${item} isFirst=${isFirst} timeline=${timeline} />`;
}

/** @param {{ time: number }} props */
function DayLine({ time }) {
  // Read, so that it is said anew when the day is over.
  today.value;
  return html`<p class="stream-day"><time title=${moment(time, language.value)}>${day(time, language.value)}</time></p>`;
}

/** What has happened to the group. @param {{ notice: import("../../types.js").Notice }} props */
function NoticeLine({ notice }) {
  const text = noticeText(notice);
  return text && html`<p class="stream-line" title=${moment(notice.time, language.value)}><span dir="auto">${text}</span></p>`;
}

/** @typedef {import("../../types.js").Message} Message */

/** What is left of a message that was taken back. @param {{ message: Message }} props */
function RecalledLine({ message }) {
  const { id, from, conversation, by } = message;
  const text = from === me.value && by !== MODERATOR ? takenBack.get(id) : undefined;
  return html`
    <article class="stream-line" data-id=${id} tabindex="-1">
      <span dir="auto">${recallText(message)}</span>
      ${text !== undefined && html`<button class="link-button" onClick=${() => suggest(conversation, text)}>${t("Edit again")}</button>`}
    </article>
  `;
}

/** @param {Message} message */
function recallText({ conversation, from, by }) {
  if (by === MODERATOR) return t("Removed by a moderator");
  return from === me.value ? t("You recalled a message") : t("{name} recalled a message", { name: nameIn(conversation, from) });
}
