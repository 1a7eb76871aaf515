// What there is to know about a message: from whom, when, whether it was changed and read.

import { html } from "../../../html.js";
import { conversations, titleOf } from "../../../state/conversations.js";
import { readByOther } from "../../../state/marks.js";
import { nameOf } from "../../../state/people.js";
import { language } from "../../../state/preferences.js";
import { me } from "../../../state/session.js";
import { isGroup, peerOf } from "../../../text/conversation_ids.js";
import { kindNamed } from "../../../text/kinds.js";
import { kindInWords } from "../../../text/previews.js";
import { moment } from "../../../text/times.js";
import { t } from "../../../text/words.js";
import { Dialog } from "../../parts/dialog.js";

/** @param {{ message: import("../../../types.js").Message, onClose: () => void }} props */
export function InfoDialog({ message, onClose }) {
  const { conversation, from, kind, time, edited, id } = message;
  const known = conversations.value.get(conversation);
  const isOwn = from === me.value;
  const isRead = (readByOther.value.get(conversation) ?? 0) >= id;
  /** @type {[boolean, string, string][]} */
  const all = [
    [true, t("From"), isOwn ? t("You") : withId(from)],
    [true, t("To"), toOf(conversation, isOwn, known && titleOf(known))],
    [true, t("Sent"), moment(time, language.value)],
    [Boolean(edited), t("Changed"), t("Yes")],
    [isOwn && !isGroup(conversation), t("Read"), isRead ? t("Yes") : t("Not yet")],
    [!kindNamed(kind).isText, t("Kind"), kindInWords(kind).slice(1, -1)],
    [true, t("Number"), String(id)],
  ];
  return html`
    <${Dialog} title=${t("About this message")} onClose=${onClose} class="dialog-small">
      <dl class="info">
        ${all.filter(([isShown]) => isShown).map(([, name, value]) => html`<div key=${name}><dt>${name}</dt><dd dir="auto">${value}</dd></div>`)}
      </dl>
    <//>
  `;
}

/** @param {string} userid */
const withId = (userid) => (nameOf(userid) === userid ? userid : `${nameOf(userid)} (${userid})`);

/** @param {string} conversation @param {boolean} isOwn @param {string} [title] */
function toOf(conversation, isOwn, title) {
  if (isGroup(conversation)) return title ?? t("Group");
  return isOwn ? withId(peerOf(conversation)) : t("You");
}
