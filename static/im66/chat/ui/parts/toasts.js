import { html } from "../../html.js";
import { dismiss, toasts } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Icon } from "./icon.js";

/** Short words at the edge of the page; screen readers say them. */
export function Toasts() {
  return html`
    <div class="toasts" role="status">
      ${toasts.value.map(
        ({ id, text, isError }) => html`
          <div key=${id} class="toast ${isError ? "toast-error" : ""}">
            <span>${text}</span>
            <button class="icon-button" aria-label=${t("Dismiss")} onClick=${() => dismiss(id)}><${Icon} name="close" /></button>
          </div>
        `,
      )}
    </div>
  `;
}
