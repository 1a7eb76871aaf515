import { html } from "../../html.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

/**
 * What stands where a file could not be loaded.
 *
 * @param {{ icon: string, text: string, onRetry: () => void, original?: string }} props   `original`: may be fetched
 */
export const Broken = ({ icon, text, onRetry, original }) => html`
  <div class="broken">
    <${Icon} name=${icon} />
    <span>${text}</span>
    <button class="link-button" onClick=${onRetry}>${t("Try again")}</button>
    ${original && html`<a href=${original} download>${t("Download")}</a>`}
  </div>
`;
