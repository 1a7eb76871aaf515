// Emotions and saved stickers, which are sent at once, and emoji, which are put into the text.

import { html, useEffect, useRef, useState } from "../../html.js";
import { welcome } from "../../state/client.js";
import { emotions, pictureOf } from "../../state/emotions.js";
import { nameFor, t } from "../../text/words.js";
import { useFocusAtOnce } from "../parts/focus.js";
import { OwnStickers } from "../seldom.js";
import { Emoji, steerGrid } from "./emoji_grid.js";

/** @typedef {"emotions" | "own" | "emoji"} Tab */

// Which one was used last. It opens again.
let lastTab = /** @type {Tab} */ ("emotions");

/**
 * @param {{ onSticker: (sticker: { kind: string, content: string }) => void, onEmoji: (emoji: string) => void, onClose: () => void, onLeave: () => void }} props
 *   `onClose`: by its user; `onLeave`: because something else was chosen
 */
export function Picker({ onSticker, onEmoji, onClose, onLeave }) {
  const picker = useRef(/** @type {HTMLElement | null} */ (null));
  const [tab, setTab] = useState(lastTab);
  useFocusAtOnce(() => firstCell(picker.current));
  useEffect(() => leaveOutside(/** @type {HTMLElement} */ (picker.current), onLeave), []);
  const choose = (/** @type {Tab} */ chosen) => setTab((lastTab = chosen));
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return html`
    <div class="picker" role="dialog" aria-label=${t("Stickers and emoji")} ref=${picker} onKeyDown=${press}>
      <div class="picker-tabs" role="tablist" onKeyDown=${steerTabs}>
        <${TabButton} name="emotions" label=${t("Stickers")} tab=${tab} onChoose=${choose} />
        ${welcome()?.features.includes("stickers") && html`<${TabButton} name="own" label=${t("Saved")} tab=${tab} onChoose=${choose} />`}
        <${TabButton} name="emoji" label=${t("Emoji")} tab=${tab} onChoose=${choose} />
      </div>
      <div class="picker-panel" role="tabpanel" id="picker-panel" aria-labelledby="picker-${tab}" onKeyDown=${steerGrid}>
        ${tab === "emotions" && html`<${Emotions} onChoose=${(/** @type {string} */ content) => onSticker({ kind: "emotion", content })} />`}
        ${tab === "own" && html`<${OwnStickers} onChoose=${onSticker} />`}
        ${tab === "emoji" && html`<${Emoji} onChoose=${onEmoji} />`}
      </div>
    </div>
  `;
}

/** @param {{ name: Tab, label: string, tab: Tab, onChoose: (tab: Tab) => void }} props */
const TabButton = ({ name, label, tab, onChoose }) => html`
  <button class="picker-tab" role="tab" id="picker-${name}" aria-controls="picker-panel" aria-selected=${tab === name} tabindex=${tab === name ? 0 : -1} onClick=${() => onChoose(name)}>${label}</button>
`;

/** @param {{ onChoose: (code: string) => void }} props */
function Emotions({ onChoose }) {
  if (emotions.value.length === 0) return html`<p class="picker-empty">${t("The stickers could not be loaded.")}</p>`;
  return html`
    <div class="picker-grid picker-emotions">
      ${emotions.value.map((one, at) => {
        const name = nameFor(one);
        return html`<button key=${one.code} class="picker-cell" tabindex=${at === 0 ? 0 : -1} aria-label=${name} title=${name} onClick=${() => onChoose(one.code)}><img src=${pictureOf(one)} alt="" loading="lazy" /></button>`;
      })}
    </div>
  `;
}

/** @param {HTMLElement | null} picker @returns {HTMLElement | null | undefined} */
const firstCell = (picker) => picker?.querySelector(".picker-cell") ?? picker?.querySelector('[aria-selected="true"]');

/** @param {HTMLElement} picker @param {() => void} onLeave */
function leaveOutside(picker, onLeave) {
  const leave = (/** @type {Event} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    // One goes on writing in the box beside it.
    if (!picker.contains(target) && !target.closest(".composer-row")) onLeave();
  };
  document.addEventListener("pointerdown", leave);
  return () => document.removeEventListener("pointerdown", leave);
}

/** Arrow keys in the picker. @param {Element} within @param {string} selector @returns {HTMLElement[]} */
const all = (within, selector) => [.../** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll(selector))];

/** Left and right, from tab to tab. @param {KeyboardEvent} event */
function steerTabs(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const tabs = all(/** @type {Element} */ (event.currentTarget), '[role="tab"]');
  const at = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + (event.key === "ArrowRight" ? 1 : -1);
  const other = tabs[(at + tabs.length) % tabs.length];
  event.preventDefault();
  other?.click();
  other?.focus();
}
