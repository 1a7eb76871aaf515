// The reactions to a message, with how many gave each. A click gives one's own, or takes it back.

import { html } from "../../html.js";
import { react } from "../../state/amending.js";
import { nameOf } from "../../state/people.js";
import { me } from "../../state/session.js";
import { complain } from "../../state/toasts.js";
import { countOf } from "../../text/slices.js";
import { t } from "../../text/words.js";

/** @param {{ message: import("../../types.js").Message }} props */
export function Reactions({ message }) {
  const reactions = Object.entries(message.reactions ?? {});
  const mine = me.value;
  if (reactions.length === 0) return null;
  const toggle = (/** @type {string} */ emoji, /** @type {boolean} */ on) =>
    react(message, emoji, on).catch(complain);
  return html`
    <div class="reactions" role="group" aria-label=${t("Reactions")}>
      ${reactions.map(([emoji, userids]) => {
        const isMine = userids.includes(mine);
        const count = countOf(message, emoji);
        const given = names(userids) + (count > userids.length ? " …" : "");
        return html`
          <button key=${emoji} class="reaction" aria-pressed=${isMine} title=${given} aria-label=${`${emoji} ${count}: ${given}`} onClick=${() => toggle(emoji, !isMine)}>
            <span>${emoji}</span><span>${count}</span>
          </button>
        `;
      })}
    </div>
  `;
}

/** @param {string[]} userids */
const names = (userids) => userids.map((userid) => (userid === me.value ? t("You") : nameOf(userid))).join(", ");
