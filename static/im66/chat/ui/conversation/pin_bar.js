// The pinned messages of a conversation: the last one above its messages, all of them in a dialog.

import { html, useState } from "../../html.js";
import { nameIn } from "../../state/groups.js";
import { mayPin, pinsOf, setPinned } from "../../state/pins.js";
import { language } from "../../state/preferences.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { complain } from "../../state/toasts.js";
import { previewOf } from "../../text/previews.js";
import { moment } from "../../text/times.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../state/pins.js").PinnedMessage} PinnedMessage */

/** @param {{ conversation: string, pins: PinnedMessage[] }} props */
export function PinBar({ conversation, pins }) {
  // Each click shows the pin before, as one goes back through them.
  const [at, setAt] = useState(0);
  const pin = pins[at] ?? pins[0];
  const jump = () => {
    show(conversation, pin.id);
    setAt((pins.indexOf(pin) + 1) % pins.length);
  };
  return html`
    <section class="above-bar" aria-label=${t("Pinned messages")}>
      <button class="above-main" onClick=${jump}>
        <${Icon} name="pin" />
        <span class="above-words">
          <span class="above-title">${t("Pinned message")}${pins.length > 1 && ` ${t("{at} of {count}", { at: pins.indexOf(pin) + 1, count: pins.length })}`}</span>
          <span class="above-text" dir="auto">${wordsOf(pin)}</span>
        </span>
      </button>
      <button class="button" aria-haspopup="dialog" onClick=${() => openDialog(PinsDialog, { conversation })}>${t("All pins")}</button>
    </section>
  `;
}

/** @param {PinnedMessage} pin */
const wordsOf = (pin) => t("{name}: {words}", { name: pin.from === me.value ? t("You") : nameIn(pin.conversation, pin.from), words: previewOf(pin) });

/** @param {{ conversation: string, onClose: () => void }} props */
function PinsDialog({ conversation, onClose }) {
  const pins = pinsOf(conversation).value;
  const isAllowed = mayPin(conversation);
  const go = (/** @type {number} */ id) => {
    onClose();
    show(conversation, id);
  };
  return html`
    <${Dialog} title=${t("Pinned messages")} onClose=${onClose}>
      ${pins.length === 0 && html`<p class="panel-note">${t("Nothing is pinned.")}</p>`}
      <ul class="people" aria-label=${t("Pinned messages")}>
        ${pins.map(
          (pin) => html`
            <li key=${pin.id} class="people-row">
              <button class="people-who pin-row" onClick=${() => go(pin.id)}>
                <span class="above-words">
                  <span class="above-text" dir="auto">${wordsOf(pin)}</span>
                  <span class="above-title">${t("Pinned by {name}", { name: pin.pinned_by === me.value ? t("you") : nameIn(conversation, pin.pinned_by) })} · ${moment(pin.pinned_at, language.value)}</span>
                </span>
              </button>
              ${isAllowed && html`<button class="icon-button" aria-label=${`${t("Unpin")}: ${previewOf(pin)}`} title=${t("Unpin")} onClick=${() => setPinned(conversation, pin.id, false).catch(complain)}><${Icon} name="close" /></button>`}
            </li>
          `,
        )}
      </ul>
    <//>
  `;
}
