import { html } from "../html.js";
import { asset } from "../config.js";
import { t } from "../text/words.js";

/** Beside the list, while no conversation is open. */
export function NothingShown() {
  return html`
    <div class="nothing-shown">
      <img src=${asset("favicon.svg")} alt="" width="64" height="64" />
      <p>${t("Choose a conversation, or begin a new one.")}</p>
    </div>
  `;
}
