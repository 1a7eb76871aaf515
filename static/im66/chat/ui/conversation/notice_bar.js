// A group's notice that the user is asked to confirm.

import { html, useState } from "../../html.js";
import { confirmNotice } from "../../state/group_actions.js";
import { complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

/** @param {{ about: import("../../types.js").Group }} props */
export function NoticeBar({ about }) {
  const [isBusy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    await confirmNotice(about.id, about.notice_id).catch(complain);
    setBusy(false);
  };
  return html`
    <section class="above-bar above-notice" aria-label=${t("Notice to confirm")}>
      <${Icon} name="bell" />
      <div class="above-words">
        <span class="above-title">${t("Please confirm that you have read this notice")}</span>
        <p class="above-notice-text" dir="auto" tabindex="0">${about.notice}</p>
      </div>
      <button class="button primary" disabled=${isBusy} onClick=${confirm}>${t("Confirm")}</button>
    </section>
  `;
}
