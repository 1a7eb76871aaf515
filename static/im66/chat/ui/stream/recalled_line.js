import { html } from "../../html.js";
import { takenBack } from "../../state/amending.js";
import { suggest } from "../../state/composing.js";
import { nameOf } from "../../state/people.js";
import { me } from "../../state/session.js";
import { MODERATOR } from "../../text/moderator.js";
import { t } from "../../text/words.js";

/** @typedef {import("../../types.js").Message} Message */

/** What is left of a message that was taken back. @param {{ message: Message }} props */
export function RecalledLine({ message }) {
  const { id, from, conversation, by } = message;
  const text = from === me.value && by !== MODERATOR ? takenBack.get(id) : undefined;
  return html`
    <article class="stream-line" data-id=${id} tabindex="-1">
      <span dir="auto">${said(message)}</span>
      ${text !== undefined && html`<button class="link-button" onClick=${() => suggest(conversation, text)}>${t("Edit again")}</button>`}
    </article>
  `;
}

/** @param {Message} message */
function said({ from, by }) {
  if (by === MODERATOR) return t("Removed by a moderator");
  return from === me.value ? t("You recalled a message") : t("{name} recalled a message", { name: nameOf(from) });
}
