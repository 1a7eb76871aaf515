// Slim lines above everything, about what concerns the whole page.

import { config } from "../../config.js";
import { html } from "../../html.js";
import { ended, isAway } from "../../state/away.js";
import { client, link } from "../../state/client.js";
import { standing, warning } from "../../state/events.js";
import { language } from "../../state/preferences.js";
import { mutedUntil } from "../../state/standing.js";
import { ending } from "../../text/times.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
import { endingOf, withReason } from "./endings.js";

export function Banners() {
  return html`
    <div class="banners" role="status">
      ${ended.value ? html`<${Ended} />` : isAway.value && html`<${Away} />`}
      ${mutedUntil.value !== 0 && html`<${Muted} />`}
      ${warning.value !== null && html`<${Warned} />`}
    </div>
  `;
}

function Away() {
  const text = whyAway();
  return html`<${Banner} icon="offline" text=${text} action=${t("Try now")} onAct=${() => client.value?.line.comeBack()} />`;
}

function whyAway() {
  if (config.offline) return t("No connection. You see recent messages that this device keeps; search needs the server.");
  if (!navigator.onLine) return t("You are offline. What you write is sent when you are back.");
  if (link().state === "silent") return t("Waiting for the network…");
  return t("The server cannot be reached. Trying again…");
}

function Ended() {
  const { title, text, action, act } = endingOf(ended.value);
  return html`<${Banner} icon="error" text=${t("{title}. {text}", { title, text })} action=${action} onAct=${act} isBad />`;
}

function Muted() {
  const until = mutedUntil.value;
  const reason = standing.value?.reason ?? "";
  const sentence = until
    ? t("A moderator has muted you until {time}. You can read.", { time: ending(until, language.value) })
    : t("A moderator has muted you. You can read.");
  return html`<${Banner} icon="info" text=${withReason(sentence, reason)} />`;
}

function Warned() {
  const text = withReason(t("A moderator has warned you."), warning.value ?? "");
  const putAway = () => {
    warning.value = null;
  };
  return html`<${Banner} icon="info" text=${text} action=${t("OK")} onAct=${putAway} isBad />`;
}

/** @param {{ icon: string, text: string, action?: string, onAct?: () => void, isBad?: boolean }} props */
function Banner({ icon, text, action = "", onAct, isBad = false }) {
  return html`
    <div class="banner ${isBad ? "bad" : ""}">
      <${Icon} name=${icon} />
      <p>${text}</p>
      ${action && html`<button class="button" onClick=${onAct}>${action}</button>`}
    </div>
  `;
}
