// Above the box: which message is replied to or edited.

import { html } from "../../html.js";
import { nameOf } from "../../state/people.js";
import { me } from "../../state/session.js";
import { previewOf } from "../../text/previews.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

/** @param {{ composing: import("../../state/composing.js").Composing, onCancel: () => void }} props */
export function ComposingBar({ composing: { mode, message }, onCancel }) {
  const isEdit = mode === "edit";
  return html`
    <div class="composing-bar" role="group" aria-label=${isEdit ? t("Edit") : t("Reply")}>
      <${Icon} name=${isEdit ? "edit" : "reply"} />
      <div class="composing-what">
        <strong>${isEdit ? t("Edit the message") : replyTo(message.from)}</strong>
        <span dir="auto">${previewOf(message)}</span>
      </div>
      <button class="icon-button" aria-label=${t("Cancel")} title=${t("Cancel")} onClick=${onCancel}><${Icon} name="close" /></button>
    </div>
  `;
}

/** @param {string} userid */
const replyTo = (userid) => (userid === me.value ? t("Reply to yourself") : t("Reply to {name}", { name: nameOf(userid) }));
