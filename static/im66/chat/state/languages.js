// Which languages there are, and which one comes first. The first script of the page asks: this must stay small.

import { languageOf } from "../text/language_tags.js";
import { keptAt } from "./stored.js";

/** @typedef {import("../text/language_tags.js").Language} Language */

export const LANGUAGES = /** @type {const} */ (["en", "zh", "zh-hant"]);

/** What the browser speaks, or English. */
export const ofBrowser = () => languageOf(navigator.language);


// LANGUAGE_COOKIE_NAME in im66/settings.py.
export const COOKIE = "im66_language";

/** What was chosen in this browser, here or on the pages about accounts, or what it speaks. */
export function firstLanguage() {
  const [, tag] = RegExp(`${COOKIE}=([\\w-]+)`).exec(document.cookie) ?? [];
  const kept = tag ? languageOf(tag) : /** @type {Language} */ (keptAt("im66.language"));
  return LANGUAGES.includes(kept) ? kept : ofBrowser();
}
