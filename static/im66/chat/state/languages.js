// Which languages there are, and which one comes first. The first script of the page asks: this must stay small.

import { keptAt } from "./stored.js";

/** @typedef {"en" | "zh"} Language */

export const LANGUAGES = /** @type {const} */ (["en", "zh"]);

/** What the browser speaks, or English. */
export const ofBrowser = () => /** @type {Language} */ (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

/** What was chosen in this browser, or what it speaks. */
export function firstLanguage() {
  const kept = /** @type {Language} */ (keptAt("im66.language"));
  return LANGUAGES.includes(kept) ? kept : ofBrowser();
}
