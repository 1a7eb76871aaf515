// How this browser shows things.

import { html, useState } from "../../html.js";
import { allow, canNotify, isRefused } from "../../state/notifying.js";
import { notifies, theme, wakes } from "../../state/preferences.js";
import { canBeWoken, wake, wakeNoMore } from "../../state/pushing.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { LanguageChoice } from "../parts/language_choice.js";
import { Segments } from "../parts/segments.js";
import { Switch } from "../parts/switch.js";

/** @param {{ onClose: () => void }} props */
export function SettingsDialog({ onClose }) {
  return html`
    <${Dialog} title=${t("Settings")} onClose=${onClose} class="settings">
      <${LanguageChoice} />
      <${ThemeChoice} />
      <${NotificationChoice} />
      <${PushChoice} />
    <//>
  `;
}

function ThemeChoice() {
  /** @type {{ value: import("../../state/preferences.js").Theme, label: string }[]} */
  const options = [
    { value: "system", label: t("Automatic") },
    { value: "light", label: t("Light") },
    { value: "dark", label: t("Dark") },
  ];
  const choose = (/** @type {import("../../state/preferences.js").Theme} */ chosen) => {
    theme.value = chosen;
  };
  return html`<${Segments} label=${t("Theme")} value=${theme.value} options=${options} onChange=${choose} />`;
}

function NotificationChoice() {
  const [wasRefused, setRefused] = useState(isRefused());
  const change = async (/** @type {boolean} */ isWanted) => {
    notifies.value = isWanted && (await allow()) ? "on" : "off";
    setRefused(isRefused());
  };
  return html`
    <div class="field">
      <${Switch} label=${t("Notifications about new messages")} isOn=${notifies.value === "on" && canNotify() && !wasRefused} onChange=${change} />
      <p class="field-hint" role="status">${said(wasRefused)}</p>
    </div>
  `;
}

function PushChoice() {
  const [hasFailed, setFailed] = useState(false);
  const change = async (/** @type {boolean} */ isWanted) => {
    const isDone = isWanted && (await allow()) && (await wake());
    if (!isWanted) await wakeNoMore();
    wakes.value = isDone ? "on" : "off";
    setFailed(isWanted && !isDone);
  };
  return html`
    <div class="field">
      <${Switch} label=${t("Also when this page is closed")} isOn=${wakes.value === "on" && canBeWoken() && !isRefused()} onChange=${change} />
      <p class="field-hint" role="status">${hasFailed ? t("The browser does not do that.") : t("Your browser's push service sees that a message arrived, not what it says.")}</p>
    </div>
  `;
}

/** @param {boolean} wasRefused */
function said(wasRefused) {
  if (!canNotify()) return t("This browser shows none for this page.");
  if (wasRefused) return t("The browser does not allow them. Change it in the browser's settings for this page.");
  return t("Only while you look at something else, and never of muted conversations.");
}
