// The people whom one has blocked.

import { html, useEffect } from "../../html.js";
import { blocked, loadBlocks, unblock } from "../../state/blocks.js";
import { nameOf, person } from "../../state/people.js";
import { complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";

/** @param {{ onClose: () => void }} props */
export function BlockedDialog({ onClose }) {
  useEffect(() => void loadBlocks().catch(complain), []);
  return html`
    <${Dialog} title=${t("Blocked people")} onClose=${onClose}>
      ${blocked.value?.size === 0 && html`<p class="panel-note">${t("No one is blocked.")}</p>`}
      <ul class="people">
        ${[...(blocked.value ?? [])].map(
          (userid) => html`
            <li key=${userid} class="people-row">
              <${Avatar} src=${person(userid).value.avatar} name=${nameOf(userid)} id=${userid} size="small" />
              <span class="people-name"><bdi>${nameOf(userid)}</bdi></span>
              <button class="button" onClick=${() => unblock(userid).catch(complain)}>${t("Unblock")}</button>
            </li>
          `,
        )}
      </ul>
    <//>
  `;
}
