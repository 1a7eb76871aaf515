// What this browser is to remember of how its user likes things.

import { effect, signal } from "../../vendor/signals.js";
import { speakIn } from "../text/words.js";
import { keep, keptAt } from "./stored.js";
import { onSystemTheme, showTheme } from "./theme.js";

/** @typedef {"en" | "zh"} Language */
/** @typedef {"system" | "light" | "dark"} Theme */

/**
 * @template {string} T
 * @param {string} name
 * @param {T} standard
 * @param {readonly T[]} allowed
 */
function kept(name, standard, allowed) {
  const key = `im66.${name}`;
  const found = /** @type {T} */ (keptAt(key));
  const value = signal(allowed.includes(found) ? found : standard);
  effect(() => void keep(key, value.value));
  // What is chosen in one tab holds in all of them.
  addEventListener("storage", ({ key: changed, newValue }) => {
    if (changed === key && allowed.includes(/** @type {T} */ (newValue))) value.value = /** @type {T} */ (newValue);
  });
  return value;
}

const isChinese = navigator.language.toLowerCase().startsWith("zh");

export const language = kept("language", /** @type {Language} */ (isChinese ? "zh" : "en"), ["en", "zh"]);
export const theme = kept("theme", /** @type {Theme} */ ("system"), ["system", "light", "dark"]);
/** Whether to show notifications. The browser asks besides. */
export const notifies = kept("notifications", /** @type {"on" | "off"} */ ("off"), ["on", "off"]);
/** Whether the browser is to be woken while no page is open. */
export const wakes = kept("push", /** @type {"on" | "off"} */ ("off"), ["on", "off"]);

speakIn(language);
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-Hans" : "en";
});
effect(() => showTheme(theme.value));
onSystemTheme(() => showTheme(theme.peek()));
