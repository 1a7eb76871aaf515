// The small print of a message: when, whether it was changed, whether it has arrived.

import { html } from "../../html.js";
import { readByOther } from "../../state/marks.js";
import { language } from "../../state/preferences.js";
import { me } from "../../state/session.js";
import { isGroup } from "../../text/conversation_ids.js";
import { clock, moment } from "../../text/times.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../types.js").Message} Message */

/** @param {{ message: Message }} props */
export function Meta({ message }) {
  const { time, edited, from } = message;
  return html`
    <span class="meta">
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
