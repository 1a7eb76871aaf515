// Whether this browser keeps messages to be read without a network.

import { config } from "../../config.js";
import { html, useEffect, useState } from "../../html.js";
import { forget, isKeeping, look, turnOn } from "../../state/history.js";
import { betweenSentences, counted, t } from "../../text/words.js";
import { Switch } from "../parts/switch.js";

export function HistoryPart() {
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => void look(), []);
  const change = async (/** @type {boolean} */ isOn) => {
    setFailed(false);
    await (isOn ? turnOn().catch(() => setFailed(true)) : forget());
  };
  const days = counted(config.history?.days ?? 0, "After 1 day without the server they are deleted.", "After {count} days without the server they are deleted.");
  return html`
    <div class="field">
      <${Switch} label=${t("Keep recent messages on this device")} isOn=${isKeeping.value} onChange=${change} />
      <p class="field-hint" role="status">
        ${hasFailed ? t("This browser can't keep them here.") : html`${t("Read them without a network. Turn this on only on your own device. Signing out deletes them.")}${betweenSentences()}${days}`}
      </p>
    </div>
  `;
}
