// One message, with whose it is, what it replies to, and what others gave it.

import { html, useState } from "../../html.js";
import { nameIn } from "../../state/groups.js";
import { nameOf, person } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { me } from "../../state/session.js";
import { isGroup } from "../../text/conversation_ids.js";
import { clock, moment } from "../../text/times.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { PersonDialog } from "../seldom.js";
import { Content } from "../kinds/content.js";
import { Quote } from "./quote.js";
import { readByOther } from "../../state/marks.js";
import { Icon } from "../parts/icon.js";
import { react } from "../../state/amending.js";
import { complain } from "../../state/toasts.js";
import { countOf } from "../../text/slices.js";
import { reply } from "../../state/composing.js";
import { selecting, toggle } from "../../state/selecting.js";
import { openMenu } from "./menu/open_menu.js";

/** @typedef {import("../../types.js").Message} Message */
/** @typedef {import("../../state/timeline.js").Timeline} Timeline */

/** @param {{ message: Message, isFirst: boolean, timeline: Timeline }} props */
export function MessageView({ message, isFirst, timeline }) {
  const [isActive, setActive] = useState(false);
  const isOwn = message.from === me.value;
  const label = `${isOwn ? t("You") : nameIn(message.conversation, message.from)}, ${clock(message.time, language.value)}`;
  return html`
    <article class="message ${isOwn ? "message-own" : ""}" data-first=${isFirst} data-id=${message.id} tabindex="-1" aria-label=${label} ...${watch(setActive)}>
      ${!isOwn && html`<div class="message-side">${isFirst && html`<${Sender} userid=${message.from} name=${nameIn(message.conversation, message.from)} />`}</div>`}
      ${selecting.value && html`<${Mark} message=${message} label=${label} />`}
      <div class="message-main">
        ${isFirst && !isOwn && isGroup(message.conversation) && html`<span class="message-name"><bdi>${nameIn(message.conversation, message.from)}</bdi><${BotBadge} is=${person(message.from).value.bot} /></span>`}
        <div class="message-row">
          <div class="bubble" data-kind=${message.kind} onClickCapture=${selecting.value && selectsAt(message)}>
            ${message.forwarded && html`<p class="forwarded" dir="auto">${t("Forwarded from {name}", { name: nameOf(message.forwarded.from) })}</p>`}
            ${message.reply && html`<${Quote} id=${message.reply} timeline=${timeline} />`}
            <${Content} message=${message} timeline=${timeline} meta=${html`<${Meta} message=${message} />`} />
          </div>
          ${isActive && html`<${Toolbar} message=${message} />`}
        </div>
        <${Reactions} message=${message} />
      </div>
    </article>
  `;
}

/** @param {{ message: Message, label: string }} props */
function Mark({ message, label }) {
  return html`<input class="message-select" type="checkbox" aria-label=${label} checked=${selecting.value?.messages.has(message.id)} onChange=${() => toggle(message)} />`;
}

/** While messages are selected, a click selects, whatever it would do otherwise. @param {Message} message */
const selectsAt = (message) => (/** @type {MouseEvent} */ event) => {
  event.preventDefault();
  event.stopPropagation();
  toggle(message);
};

/** Who has sent it; opens their page. @param {{ userid: string, name: string }} props */
function Sender({ userid, name }) {
  const open = () => openDialog(PersonDialog, { userid });
  return html`
    <button class="message-sender" tabindex="-1" aria-label=${name} onClick=${open}>
      <${Avatar} src=${person(userid).value.avatar} name=${name} id=${userid} size="small" />
    </button>
  `;
}

// What is scrolled under a mouse at rest is not what it points at.
let pointed = "";

/**
 * Whether a mouse has been moved over the message or the focus is in it: only then there are buttons.
 *
 * @param {(is: boolean) => void} set
 */
const watch = (set) => ({
  onPointerMove: (/** @type {PointerEvent} */ { pointerType, screenX, screenY }) => {
    const place = `${screenX},${screenY}`;
    if (pointerType !== "mouse" || place === pointed) return;
    pointed = place;
    set(true);
  },
  onPointerLeave: (/** @type {PointerEvent} */ event) =>
    set(/** @type {Element} */ (event.currentTarget).contains(document.activeElement)),
  onFocusIn: () => set(true),
  onFocusOut: (/** @type {FocusEvent} */ event) =>
    set(/** @type {Element} */ (event.currentTarget).contains(/** @type {Node | null} */ (event.relatedTarget))),
});

/** The small print of a message: when, whether it was changed, whether it has arrived. @param {{ message: Message }} props */
function Meta({ message }) {
  const { time, edited, from, starred, silent } = message;
  return html`
    <span class="meta">
      ${starred && html`<${Icon} name="star" label=${t("Starred")} />`}
      ${silent && html`<${Icon} name="bellOff" label=${t("Sent without sound")} />`}
      ${edited && html`<span>${t("edited")}</span>`}
      <time title=${moment(time, language.value)}>${clock(time, language.value)}</time>
      ${from === me.value && html`<${Arrival} message=${message} />`}
    </span>
  `;
}

/** @param {{ message: Message }} props */
function Arrival({ message: { id, conversation } }) {
  const isRead = !isGroup(conversation) && (readByOther.value.get(conversation) ?? 0) >= id;
  return isRead ? html`<span class="meta-read"><${Icon} name="checks" label=${t("Read")} /></span>` : html`<${Icon} name="check" label=${t("Sent")} />`;
}

/** The reactions to a message, with how many gave each. A click gives one's own, or takes it back. @param {{ message: import("../../types.js").Message }} props */
function Reactions({ message }) {
  const { reactions } = message;
  if (!reactions || isEmpty(reactions)) return null;
  const named = names(reactions);
  const toggle = (/** @type {MouseEvent} */ { target }) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest(".reaction"));
    if (button) react(message, button.dataset.emoji ?? "", button.ariaPressed !== "true").catch(complain);
  };
  // Groups have many, so each is one element, and none listens by itself.
  return html`
    <div class="reactions" role="group" aria-label=${t("Reactions")} onClick=${toggle} onPointerOver=${showGivers}>
      ${Object.entries(reactions).map(([emoji, userids]) => {
        const count = countOf(message, emoji);
        const shownNames = `${userids.map((userid) => named.get(userid)).join(", ")}${count > userids.length ? " …" : ""}`;
        return html`<button key=${emoji} class="reaction" data-emoji=${emoji} aria-pressed=${userids.includes(me.value)} aria-label=${`${emoji} ${count}: ${shownNames}`}>${`${emoji} ${count}`}</button>`;
      })}
    </div>
  `;
}

/** @param {object} of */
function isEmpty(of) {
  for (const _ in of) return false;
  return true;
}

/** What those who gave something are called. @param {Record<string, string[]>} reactions */
function names(reactions) {
  const all = new Set(Object.values(reactions).flat());
  return new Map([...all].map((userid) => [userid, userid === me.value ? t("You") : nameOf(userid)]));
}

/** @param {PointerEvent} event */
function showGivers({ target }) {
  const button = /** @type {HTMLElement} */ (target);
  if (button.dataset.emoji) button.title = button.ariaLabel?.slice(button.ariaLabel.indexOf(": ") + 2) ?? "";
}

/** Buttons beside the message that the mouse or the focus is at. @param {{ message: import("../../types.js").Message }} props */
function Toolbar({ message }) {
  const open = (/** @type {MouseEvent} */ event) => {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    const { left, bottom } = button.getBoundingClientRect();
    openMenu({ message, left, top: bottom + 4 });
  };
  return html`
    <div class="message-tools" role="toolbar" aria-label=${t("Actions")}>
      <button class="icon-button" aria-label=${t("React")} title=${t("React")} aria-haspopup="menu" onClick=${open}><${Icon} name="emotion" /></button>
      <button class="icon-button" aria-label=${t("Reply")} title=${t("Reply")} onClick=${() => reply(message.conversation, message)}><${Icon} name="reply" /></button>
      <button class="icon-button" aria-label=${t("More")} title=${t("More")} aria-haspopup="menu" onClick=${open}><${Icon} name="more" /></button>
    </div>
  `;
}
