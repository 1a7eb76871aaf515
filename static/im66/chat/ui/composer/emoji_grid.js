// Emoji to choose from: the last used ones, those that people use in chats, by groups, and any other by typing it.

import { html, useMemo, useState } from "../../html.js";
import { keep, keptAt } from "../../state/stored.js";
import { emojiFor } from "../../text/emoji_names.js";
import { isOneEmoji } from "../../text/emoji.js";
import { counted, t } from "../../text/words.js";

/** One that is not among them is typed, pasted, or taken from the keyboard's own. @param {{ onChoose: (emoji: string) => void }} props */
export function Emoji({ onChoose }) {
  // As they were when it opened: they must not move under the pointer.
  const recent = useMemo(recentEmoji, []);
  const [query, setQuery] = useState("");
  const typed = query.trim();
  const matches = typed ? (isOneEmoji(typed) ? [typed] : emojiFor(typed)) : null;
  const groups = matches ? matchGroups(matches) : recent.length ? [{ name: () => t("Recent"), emoji: recent }, ...GROUPS] : GROUPS;
  const choose = (/** @type {string} */ emoji) => {
    usedEmoji(emoji);
    onChoose(emoji);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.key !== "Enter" || !matches?.length) return;
    event.preventDefault();
    choose(matches[0]);
  };
  return html`
    <input type="search" class="picker-search" aria-label=${t("Search emoji")} placeholder=${t("Search emoji")} maxlength="40" autocomplete="off" enterkeyhint="search"
      value=${query} onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} onKeyDown=${press} />
    <div class="visually-hidden" role="status">${matches && counted(matches.length, "1 emoji", "{count} emoji")}</div>
    ${matches?.length === 0 && html`<p class="picker-empty">${t("Nothing found")}</p>`}
    ${groups.map(
      ({ name, emoji }, at) => html`
        <section key=${at} class="picker-group" aria-label=${name()}>
          <h3>${name()}</h3>
          <div class="picker-grid">
            ${emoji.map((one, place) => html`<button key=${one} class="picker-cell" tabindex=${at + place === 0 ? 0 : -1} onClick=${() => choose(one)}>${one}</button>`)}
          </div>
        </section>
      `,
    )}
  `;
}

/** @param {string[]} emoji */
const matchGroups = (emoji) => (emoji.length ? [{ name: () => t("Emoji"), emoji }] : []);

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

// The emoji of the picker: those that people use in chats, by groups.
/** @type {{ name: () => string, emoji: string[] }[]} */
const GROUPS = [
  { name: () => t("Faces"), emoji: split("😀 😄 😁 😆 😅 🤣 😂 🙂 😉 😊 😇 🥰 😍 🤩 😘 😋 😜 🤪 🤗 🤭 🤫 🤔 🫡 🤐 😐 😏 😒 🙄 😬 😌 😴 😷 🤒 🥵 🥶 🤯 🥳 😎 🧐 😕 🥺 😢 😭 😱 😓 😤 😠 🤬 💀 🤡") },
  { name: () => t("Gestures"), emoji: split("👍 👎 👌 ✌️ 🤞 🤝 👏 🙌 🙏 💪 👋 🤙 ☝️ 👇 👉 👈 ✊ 👊 🫶 🤦 🤷 🙋 💁 🏃") },
  { name: () => t("Hearts and feelings"), emoji: split("❤️ 🧡 💛 💚 💙 💜 🖤 💔 💕 💯 💢 💥 💤 🔥 ✨ 🎉 🎁 🌹 💐 🧧") },
  { name: () => t("Animals and nature"), emoji: split("🐶 🐱 🐭 🐰 🐻 🐼 🐷 🐮 🐔 🐧 🐢 🐟 🦋 🌸 🌳 🍀 🌙 ⭐ ☀️ ⛅ 🌧️ ⛄ 🌈 🌊") },
  { name: () => t("Food and drink"), emoji: split("🍎 🍉 🍓 🍑 🥑 🍅 🌽 🍞 🥟 🍜 🍚 🍣 🍕 🍔 🍟 🍗 🍰 🍦 🍬 🍵 ☕ 🧋 🍺 🍷") },
  { name: () => t("Things and places"), emoji: split("🏠 🏢 🚗 🚌 🚇 ✈️ 🚲 ⏰ 📅 📌 📎 📷 📱 💻 💡 💰 🔑 🔔 🎵 🎮 ⚽ 🏆 ✅ ❌ ❓ ❗") },
];

/** @param {string} emoji */
function split(emoji) {
  return emoji.split(" ");
}

/** Arrow keys in the picker. @param {Element} within @param {string} selector @returns {HTMLElement[]} */
const all = (within, selector) => [.../** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll(selector))];

/** In all four directions, from cell to cell. @param {KeyboardEvent} event */
export function steerGrid(event) {
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
