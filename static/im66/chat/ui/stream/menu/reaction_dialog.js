// Any emoji as a reaction to a message.

import { html } from "../../../html.js";
import { react } from "../../../state/amending.js";
import { complain } from "../../../state/toasts.js";
import { t } from "../../../text/words.js";
import { Emoji, steerGrid } from "../../composer/emoji_grid.js";
import { Dialog } from "../../parts/dialog.js";

/** @param {{ message: import("../../../types.js").Message, onClose: () => void }} props */
export function ReactionDialog({ message, onClose }) {
  const give = (/** @type {string} */ emoji) => {
    onClose();
    react(message, emoji, true).catch(complain);
  };
  return html`
    <${Dialog} title=${t("React")} onClose=${onClose} class="dialog-small">
      <div class="reaction-choice" onKeyDown=${steerGrid}><${Emoji} onChoose=${give} /></div>
    <//>
  `;
}
