// Going through the messages by keyboard.

import { openAt } from "./menu/context.js";

/** @param {import("../../state/timeline.js").Timeline} timeline @returns {(event: KeyboardEvent) => void} */
export const steering = (timeline) => (event) => {
  const log = /** @type {HTMLElement} */ (event.currentTarget);
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const article = target.matches("article") ? target : null;
  if (!article && target !== log) return;
  if (article && opensMenu(event)) {
    event.preventDefault();
    const { left, bottom } = (article.querySelector(".bubble") ?? article).getBoundingClientRect();
    openAt(timeline, article, left, bottom);
  } else if (move(log, article, event.key)) event.preventDefault();
};

/** @param {KeyboardEvent} event */
const opensMenu = ({ key, shiftKey }) =>
  key === "Enter" || key === "m" || key === "ContextMenu" || (key === "F10" && shiftKey);

/** @param {HTMLElement} log @param {HTMLElement | null} article @param {string} key */
function move(log, article, key) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (!step) return false;
  const all = [.../** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll("article"))];
  const next = article ? all[all.indexOf(article) + step] : all.at(-1);
  next?.focus();
  return Boolean(next);
}
