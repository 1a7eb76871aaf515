// The stickers that the user has saved from messages.

import { html, useEffect, useRef, useState } from "../../html.js";
import { stickersChanged } from "../../state/events.js";
import { complain, explained, say } from "../../state/toasts.js";
import { kindNamed } from "../../text/kinds.js";
import { t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { focusIfLost } from "../parts/focus.js";
import { Icon } from "../parts/icon.js";

/** @typedef {{ id: number, kind: string, content: string }} Sticker */

/** Of this message. @param {import("../../types.js").Message} message */
export async function saveSticker({ id: message }) {
  try {
    await call("PUT", "me/stickers", { body: { message } });
    say(t("Saved to your stickers."));
  } catch (error) {
    complain(error);
  }
}

/** @param {{ onChoose: (sticker: Sticker) => void }} props */
export function OwnStickers({ onChoose }) {
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const [stickers, setStickers] = useState(/** @type {Sticker[] | null} */ (null));
  const [failed, setFailed] = useState("");
  const [tries, setTries] = useState(0);
  const [isRemoving, setRemoving] = useState(false);
  const version = stickersChanged.value;
  useEffect(() => {
    let isGone = false;
    call("GET", "me/stickers").then(
      ({ items }) => isGone || (setFailed(""), setStickers(items)),
      (error) => isGone || setFailed(explained(error)),
    );
    return () => void (isGone = true);
  }, [version, tries]);
  const remove = async (/** @type {Sticker} */ { id }) => {
    try {
      await call("DELETE", `me/stickers/${id}`);
      setStickers((now) => now && now.filter((one) => one.id !== id));
      focusIfLost(() => panel.current?.querySelector("button") ?? document.querySelector('.picker-tab[aria-selected="true"]'));
    } catch (error) {
      complain(error);
    }
  };
  if (!stickers && failed)
    return html`<p class="picker-empty" role="alert">${failed}</p><button class="button picker-manage" onClick=${() => setTries(tries + 1)}>${t("Try again")}</button>`;
  if (!stickers) return html`<p class="picker-empty" role="status">${t("Loading…")}</p>`;
  if (stickers.length === 0) return html`<p class="picker-empty" role="status">${t("Nothing yet. Save a picture or a sticker in the menu of its message to find it here.")}</p>`;
  return html`
    <div ref=${panel}>
      <div class="picker-grid picker-emotions">
        ${stickers.map((one, at) => html`<${Cell} key=${one.id} sticker=${one} at=${at} isRemoving=${isRemoving} onChoose=${isRemoving ? remove : onChoose} />`)}
      </div>
      <button class="button picker-manage" onClick=${() => setRemoving(!isRemoving)}>${isRemoving ? t("Done") : t("Remove stickers")}</button>
    </div>
  `;
}

/** @param {{ sticker: Sticker, at: number, isRemoving: boolean, onChoose: (sticker: Sticker) => void }} props */
function Cell({ sticker, at, isRemoving, onChoose }) {
  const { kind, content } = sticker;
  const shown = kindNamed(kind).sticker?.(content);
  const name = shown?.name || t("Saved sticker {number}", { number: at + 1 });
  const label = isRemoving ? t("Remove {name}", { name }) : name;
  return html`
    <button class="picker-cell" data-removes=${isRemoving || undefined} tabindex=${at === 0 ? 0 : -1} aria-label=${label} title=${label} onClick=${() => onChoose(sticker)}>
      ${shown?.src ? html`<img src=${shown.src} alt="" loading="lazy" decoding="async" draggable=${false} />` : html`<${Icon} name=${kind} />`}
      ${isRemoving && html`<${Icon} name="close" />`}
    </button>
  `;
}
