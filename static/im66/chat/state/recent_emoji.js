// The emoji that were used last, in this browser.

import { keep, keptAt } from "./stored.js";

const KEY = "im66.emoji";
const MOST = 16;

/** The last used first. @returns {string[]} */
export function recentEmoji() {
  return (keptAt(KEY) ?? "").split(" ").filter(Boolean);
}

/** @param {string} emoji */
export function usedEmoji(emoji) {
  const others = recentEmoji().filter((one) => one !== emoji);
  keep(KEY, [emoji, ...others].slice(0, MOST).join(" "));
}
