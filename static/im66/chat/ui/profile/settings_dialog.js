// How this browser shows things.

import { config } from "../../config.js";
import { html, useId, useState } from "../../html.js";
import { allow, canNotify, isRefused } from "../../state/notifying.js";
import { notifies, sounds, theme, wakes } from "../../state/preferences.js";
import { canBeWoken, wake, wakeNoMore } from "../../state/pushing.js";
import { chooseQuiet, quiet } from "../../state/quiet.js";
import { playSound } from "../../state/sounds.js";
import { complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { LanguageChoice } from "../parts/language_choice.js";
import { Segments } from "../parts/segments.js";
import { Switch } from "../parts/switch.js";
import { AccountPart } from "../seldom.js";
import { HistoryPart } from "./history_part.js";
import { PrivacyPart } from "./privacy_part.js";

/** @param {{ onClose: () => void }} props */
export function SettingsDialog({ onClose }) {
  return html`
    <${Dialog} title=${t("Settings")} onClose=${onClose} class="settings">
      <${LanguageChoice} />
      <${ThemeChoice} />
      <${NotificationChoice} />
      <${PushChoice} />
      <${SoundChoice} />
      <${QuietChoice} />
      ${config.history && html`<${HistoryPart} />`}
      <${PrivacyPart} />
      ${config.mode === "token" ? html`<${AccountPart} />` : html`<p class="field-hint">${t("This server asks nobody to sign in, so there are no devices, passwords or accounts to manage.")}</p>`}
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
  const change = async (/** @type {boolean} */ isOn) => {
    notifies.value = isOn && (await allow()) ? "on" : "off";
    setRefused(isRefused());
  };
  return html`
    <div class="field">
      <${Switch} label=${t("Notifications about new messages")} isOn=${notifies.value === "on" && canNotify() && !wasRefused} onChange=${change} />
      <p class="field-hint" role="status">${pushNote(wasRefused)}</p>
    </div>
  `;
}

function PushChoice() {
  const [hasFailed, setFailed] = useState(false);
  const change = async (/** @type {boolean} */ isOn) => {
    const isDone = isOn && (await allow()) && (await wake());
    if (!isOn) await wakeNoMore();
    wakes.value = isDone ? "on" : "off";
    setFailed(isOn && !isDone);
  };
  return html`
    <div class="field">
      <${Switch} label=${t("Also when this page is closed")} isOn=${wakes.value === "on" && canBeWoken() && !isRefused()} onChange=${change} />
      <p class="field-hint" role="status">${hasFailed ? t("This browser doesn't support it.") : t("Your browser's push service sees that a message arrived, not what it says.")}</p>
    </div>
  `;
}

function SoundChoice() {
  /** @type {{ value: import("../../state/preferences.js").Sounds, label: string }[]} */
  const options = [
    { value: "off", label: t("Off") },
    { value: "on", label: t("On") },
    { value: "mentions", label: t("Mentions") },
  ];
  const choose = (/** @type {import("../../state/preferences.js").Sounds} */ chosen) => {
    sounds.value = chosen;
    if (chosen !== "off") void playSound();
  };
  return html`<${Segments} label=${t("Sound of new messages")} value=${sounds.value} options=${options} onChange=${choose} />`;
}

const NIGHT = { from: "22:00", to: "07:00" };
const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

function QuietChoice() {
  const { from, to, zone } = quiet.value ?? { ...NIGHT, zone: here() };
  const choose = (/** @type {import("../../text/quiet.js").Quiet | null} */ chosen) => chooseQuiet(chosen).catch(complain);
  const change = (/** @type {Partial<import("../../text/quiet.js").Quiet>} */ part) => choose({ from, to, zone: here(), ...part });
  return html`
    <div class="field">
      <${Switch} label=${t("Quiet hours")} isOn=${quiet.value !== null} onChange=${(/** @type {boolean} */ isOn) => choose(isOn ? { from, to, zone } : null)} />
      ${quiet.value &&
      html`
        <div class="quiet-hours">
          <${Time} label=${t("Start")} value=${from} onChange=${(/** @type {string} */ time) => change({ from: time })} />
          <${Time} label=${t("End")} value=${to} onChange=${(/** @type {string} */ time) => change({ to: time })} />
        </div>
      `}
      <p class="field-hint">${from === to && quiet.value ? t("Both times are the same, so there are no quiet hours.") : t("No notifications and no sounds on any of your devices. Time zone: {zone}.", { zone })}</p>
    </div>
  `;
}

/** @param {{ label: string, value: string, onChange: (time: string) => void }} props */
function Time({ label, value, onChange }) {
  const id = useId();
  // A box that is half filled in has no value.
  const change = (/** @type {any} */ event) => event.target.value && onChange(event.target.value.slice(0, 5));
  return html`
    <div class="field">
      <label class="field-label" for=${id}>${label}</label>
      <input id=${id} type="time" required value=${value} onChange=${change} />
    </div>
  `;
}

/** @param {boolean} wasRefused */
function pushNote(wasRefused) {
  if (!canNotify()) return t("This browser can't show notifications for this page.");
  if (wasRefused) return t("Notifications are blocked. Allow them in the browser's settings for this page.");
  return t("Only while you are not looking at the conversation, and never for muted ones.");
}
