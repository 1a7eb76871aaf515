// Emotions and saved stickers, which are sent at once, and emoji, which are put into the text.

import { html, useEffect, useMemo, useRef, useState } from "../../html.js";
import { welcome } from "../../state/client.js";
import { emotions, pictureOf } from "../../state/emotions.js";
import { emojiFor } from "../../text/emoji_names.js";
import { nameFor, counted, t } from "../../text/words.js";
import { useFocusAtOnce } from "../parts/focus.js";
import { OwnStickers } from "../seldom.js";
import { keep, keptAt } from "../../state/stored.js";

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

/** @param {{ onChoose: (emoji: string) => void }} props */
function Emoji({ onChoose }) {
  // As they were when it opened: they must not move under the pointer.
  const recent = useMemo(recentEmoji, []);
  const [query, setQuery] = useState("");
  const found = query.trim() ? emojiFor(query) : null;
  const groups = found ? foundGroups(found) : recent.length ? [{ name: "Recent", emoji: recent }, ...GROUPS] : GROUPS;
  const choose = (/** @type {string} */ emoji) => {
    usedEmoji(emoji);
    onChoose(emoji);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.key !== "Enter" || !found?.length) return;
    event.preventDefault();
    choose(found[0]);
  };
  return html`
    <input type="search" class="picker-search" aria-label=${t("Search emoji")} placeholder=${t("Search emoji")} maxlength="40" autocomplete="off" enterkeyhint="search"
      value=${query} onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} onKeyDown=${press} />
    <div class="visually-hidden" role="status">${found && counted(found.length, "1 emoji", "{count} emoji")}</div>
    ${found?.length === 0 && html`<p class="picker-empty">${t("Nothing found")}</p>`}
    ${groups.map(
      ({ name, emoji }, at) => html`
        <section key=${name} class="picker-group" aria-label=${t(name)}>
          <h3>${t(name)}</h3>
          <div class="picker-grid">
            ${emoji.map((one, place) => html`<button key=${one} class="picker-cell" tabindex=${at + place === 0 ? 0 : -1} onClick=${() => choose(one)}>${one}</button>`)}
          </div>
        </section>
      `,
    )}
  `;
}

/** @param {string[]} emoji */
const foundGroups = (emoji) => (emoji.length ? [{ name: "Emoji", emoji }] : []);

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

// The emoji that were used last, in this browser.
const RECENT_KEY = "im66.emoji";
const MOST = 16;

/** The last used first. @returns {string[]} */
function recentEmoji() {
  return (keptAt(RECENT_KEY) ?? "").split(" ").filter(Boolean);
}

/** @param {string} emoji */
function usedEmoji(emoji) {
  const others = recentEmoji().filter((one) => one !== emoji);
  keep(RECENT_KEY, [emoji, ...others].slice(0, MOST).join(" "));
}

// The emoji of the picker: those that people use in chats, by groups. A group's name is an English text of the page.
/** @type {{ name: string, emoji: string[] }[]} */
const GROUPS = [
  { name: "Faces", emoji: split("😀 😄 😁 😆 😅 🤣 😂 🙂 😉 😊 😇 🥰 😍 🤩 😘 😋 😜 🤪 🤗 🤭 🤫 🤔 🫡 🤐 😐 😏 😒 🙄 😬 😌 😴 😷 🤒 🥵 🥶 🤯 🥳 😎 🧐 😕 🥺 😢 😭 😱 😓 😤 😠 🤬 💀 🤡") },
  { name: "Gestures", emoji: split("👍 👎 👌 ✌️ 🤞 🤝 👏 🙌 🙏 💪 👋 🤙 ☝️ 👇 👉 👈 ✊ 👊 🫶 🤦 🤷 🙋 💁 🏃") },
  { name: "Hearts and feelings", emoji: split("❤️ 🧡 💛 💚 💙 💜 🖤 💔 💕 💯 💢 💥 💤 🔥 ✨ 🎉 🎁 🌹 💐 🧧") },
  { name: "Animals and nature", emoji: split("🐶 🐱 🐭 🐰 🐻 🐼 🐷 🐮 🐔 🐧 🐢 🐟 🦋 🌸 🌳 🍀 🌙 ⭐ ☀️ ⛅ 🌧️ ⛄ 🌈 🌊") },
  { name: "Food and drink", emoji: split("🍎 🍉 🍓 🍑 🥑 🍅 🌽 🍞 🥟 🍜 🍚 🍣 🍕 🍔 🍟 🍗 🍰 🍦 🍬 🍵 ☕ 🧋 🍺 🍷") },
  { name: "Things and places", emoji: split("🏠 🏢 🚗 🚌 🚇 ✈️ 🚲 ⏰ 📅 📌 📎 📷 📱 💻 💡 💰 🔑 🔔 🎵 🎮 ⚽ 🏆 ✅ ❌ ❓ ❗") },
];

/** @param {string} emoji */
function split(emoji) {
  return emoji.split(" ");
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

/** In all four directions, from cell to cell. @param {KeyboardEvent} event */
function steerGrid(event) {
  const cells = all(/** @type {Element} */ (event.currentTarget), ".picker-cell");
  if (/** @type {Element} */ (event.target).matches("input")) return leaveSearch(event, cells);
  const here = /** @type {HTMLElement} */ (document.activeElement);
  const at = cells.indexOf(here);
  const next = at < 0 ? undefined : nextOf(cells, at, event.key);
  if (!next) return;
  event.preventDefault();
  here.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** Down, from the field to the cells. @param {KeyboardEvent} event @param {HTMLElement[]} cells */
function leaveSearch(event, cells) {
  if (event.key !== "ArrowDown" || event.isComposing) return;
  event.preventDefault();
  cells[0]?.focus();
}

/** @param {HTMLElement[]} cells @param {number} at @param {string} key */
function nextOf(cells, at, key) {
  switch (key) {
    case "ArrowLeft":
      return cells[at - 1];
    case "ArrowRight":
      return cells[at + 1];
    case "ArrowUp":
      return nearest(cells.slice(0, at).reverse(), cells[at]);
    case "ArrowDown":
      return nearest(cells.slice(at + 1), cells[at]);
    case "Home":
      return cells[0];
    case "End":
      return cells.at(-1);
    default:
      return undefined;
  }
}

/** Of the next row, the one that is nearest. @param {HTMLElement[]} cells   by distance @param {HTMLElement} from */
function nearest(cells, from) {
  const row = cells.find((cell) => cell.offsetTop !== from.offsetTop)?.offsetTop;
  const distance = (/** @type {HTMLElement} */ cell) => Math.abs(cell.offsetLeft - from.offsetLeft);
  return cells.filter((cell) => cell.offsetTop === row).sort((a, b) => distance(a) - distance(b))[0];
}
