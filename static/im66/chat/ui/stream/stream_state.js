import { html } from "../../html.js";
import { waitingFor } from "../../state/client.js";
import { t } from "../../text/words.js";

/** What is said above the messages, or in their place. @param {{ timeline: import("../../state/timeline.js").Timeline }} props */
export function StreamState({ timeline }) {
  const isEmpty = timeline.items.value.length === 0;
  switch (timeline.state.value) {
    case "absent":
      return html`<p class="stream-state">${t("This conversation is not there, or not for you.")}</p>`;
    case "failed":
      return html`
        <div class="stream-state">
          <p>${t("The messages could not be loaded.")}</p>
          <button class="button" onClick=${() => timeline.open()}>${t("Try again")}</button>
        </div>
      `;
    case "ready":
      if (timeline.hasOlder.value) return html`<p class="stream-older">${t("Loading…")}</p>`;
      if (!isEmpty) return html`<p class="stream-older">${t("This is where the conversation begins.")}</p>`;
      return waitingFor(timeline.conversation).length === 0 && html`<p class="stream-state">${t("No messages yet. Write the first one.")}</p>`;
    default:
      return isEmpty && html`<p class="stream-state">${t("Loading…")}</p>`;
  }
}
