// Buttons beside the message that the mouse or the focus is at.

import { html } from "../../html.js";
import { reply } from "../../state/composing.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
import { openMenu } from "./menu/open_menu.js";

/** @param {{ message: import("../../types.js").Message }} props */
export function Toolbar({ message }) {
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
