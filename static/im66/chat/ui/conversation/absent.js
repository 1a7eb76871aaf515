import { html } from "../../html.js";
import { isGroup } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

/** In place of a conversation that the user does not have. @param {{ conversation: string }} props */
export function Absent({ conversation }) {
  const why = isGroup(conversation)
    ? t("There is no such group, or you are not in it.")
    : t("There is no such person.");
  return html`
    <section class="absent">
      <${Icon} name=${isGroup(conversation) ? "group" : "person"} />
      <p>${why}</p>
      <a class="button" href="#/">${t("Back to the conversations")}</a>
    </section>
  `;
}
