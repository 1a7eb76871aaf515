// One message, with whose it is, what it replies to, and what others gave it.

import { html, useState } from "../../html.js";
import { nameOf, person } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { me } from "../../state/session.js";
import { isGroup } from "../../text/conversation_ids.js";
import { clock } from "../../text/times.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { PersonDialog } from "../panel/person_dialog.js";
import { Content } from "./kinds/content.js";
import { Meta } from "./meta.js";
import { Quote } from "./quote.js";
import { Reactions } from "./reactions.js";
import { Toolbar } from "./toolbar.js";

/** @typedef {import("../../types.js").Message} Message */
/** @typedef {import("../../state/timeline.js").Timeline} Timeline */

/** @param {{ message: Message, isFirst: boolean, timeline: Timeline }} props */
export function MessageView({ message, isFirst, timeline }) {
  const [isActive, setActive] = useState(false);
  const isOwn = message.from === me.value;
  const label = `${isOwn ? t("You") : nameOf(message.from)}, ${clock(message.time, language.value)}`;
  return html`
    <article class="message ${isOwn ? "message-own" : ""}" data-first=${isFirst} data-id=${message.id} tabindex="-1" aria-label=${label} ...${watch(setActive)}>
      ${!isOwn && html`<div class="message-side">${isFirst && html`<${Sender} userid=${message.from} />`}</div>`}
      <div class="message-main">
        ${isFirst && !isOwn && isGroup(message.conversation) && html`<span class="message-name" dir="auto">${nameOf(message.from)}</span>`}
        <div class="message-row">
          <div class="bubble" data-kind=${message.kind}>
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

/** Who has sent it; opens their page. @param {{ userid: string }} props */
function Sender({ userid }) {
  const open = () => openDialog(PersonDialog, { userid });
  return html`
    <button class="message-sender" tabindex="-1" aria-label=${nameOf(userid)} onClick=${open}>
      <${Avatar} src=${person(userid).value.avatar} name=${nameOf(userid)} id=${userid} size="small" />
    </button>
  `;
}

/**
 * Whether a mouse is over the message or the focus in it: only then there are buttons.
 *
 * @param {(is: boolean) => void} set
 */
const watch = (set) => ({
  onPointerEnter: (/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && set(true),
  onPointerLeave: (/** @type {PointerEvent} */ event) =>
    set(/** @type {Element} */ (event.currentTarget).contains(document.activeElement)),
  onFocusIn: () => set(true),
  onFocusOut: (/** @type {FocusEvent} */ event) =>
    set(/** @type {Element} */ (event.currentTarget).contains(/** @type {Node | null} */ (event.relatedTarget))),
});
