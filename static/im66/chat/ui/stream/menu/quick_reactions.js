import { html } from "../../../html.js";
import { react } from "../../../state/amending.js";
import { me } from "../../../state/session.js";
import { complain } from "../../../state/toasts.js";
import { t } from "../../../text/words.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** The reactions that people give most. @param {{ message: import("../../../types.js").Message, onClose: () => void }} props */
export function QuickReactions({ message, onClose }) {
  const isMine = (/** @type {string} */ emoji) => Boolean(message.reactions?.[emoji]?.includes(me.value));
  const give = (/** @type {string} */ emoji) => () => {
    onClose();
    react(message, emoji, !isMine(emoji)).catch(complain);
  };
  return html`
    <div class="quick-reactions" role="group" aria-label=${t("React")}>
      ${EMOJI.map(
        (emoji) => html`
          <button key=${emoji} role="menuitemcheckbox" aria-checked=${isMine(emoji)} tabindex="-1" aria-label=${t("React with {emoji}", { emoji })} onClick=${give(emoji)}>${emoji}</button>
        `,
      )}
    </div>
  `;
}
