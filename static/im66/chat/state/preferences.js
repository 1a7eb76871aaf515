// What this browser is to remember of how its user likes things.

import { effect, signal } from "../../vendor/signals.js";
import { config } from "../config.js";
import { TAGS } from "../text/language_tags.js";
import { learnTexts, speakIn } from "../text/words.js";
import { COOKIE, LANGUAGES, firstLanguage } from "./languages.js";
import { keep, keptAt } from "./stored.js";
import { onSystemTheme, showTheme } from "./theme.js";

/** @typedef {import("./languages.js").Language} Language */
/** @typedef {"system" | "light" | "dark"} Theme */
/** @typedef {"off" | "on" | "mentions"} Sounds */

/**
 * @template {string} T
 * @param {string} name
 * @param {T} standard
 * @param {readonly T[]} allowed
 */
function kept(name, standard, allowed) {
  const key = `im66.${name}`;
  const stored = /** @type {T} */ (keptAt(key));
  const value = signal(allowed.includes(stored) ? stored : standard);
  effect(() => void keep(key, value.value));
  // What is chosen in one tab holds in all of them.
  addEventListener("storage", ({ key: changed, newValue }) => {
    if (changed === key && allowed.includes(/** @type {T} */ (newValue))) value.value = /** @type {T} */ (newValue);
  });
  return value;
}

const YEAR_SECONDS = 365 * 24 * 60 * 60;
const PAUSES_SECONDS = [1, 5, 30];

const chosenLanguage = kept("language", firstLanguage(), LANGUAGES);
chosenLanguage.value = firstLanguage();
/** What the page speaks: what was chosen, as soon as its texts are there. */
export const language = signal(/** @type {Language} */ ("en"));

/** Speak it, from now on and when the page comes again. Fails if its texts cannot be loaded now. @param {Language} chosen */
export function speak(chosen) {
  chosenLanguage.value = chosen;
  // The pages about accounts are in this language, too.
  document.cookie = `${COOKIE}=${TAGS[chosen].toLowerCase()}; path=/; max-age=${YEAR_SECONDS}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  return speakChosen();
}

async function speakChosen() {
  const chosen = chosenLanguage.peek();
  learnTexts(chosen, await textsIn(chosen));
  if (chosen === chosenLanguage.peek()) language.value = chosen;
}

/** @param {Language} chosen @returns {Promise<Record<string, string>>} */
async function textsIn(chosen) {
  if (chosen === "en") return {};
  const answer = await fetch(config.urls.texts[chosen]);
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  return answer.json();
}

/** @param {number} [tries] @returns {Promise<unknown>} */
const keepSpeaking = (tries = 0) =>
  speakChosen().catch(() => void setTimeout(keepSpeaking, 1000 * PAUSES_SECONDS[Math.min(tries, PAUSES_SECONDS.length - 1)], tries + 1));

export const theme = kept("theme", /** @type {Theme} */ ("system"), ["system", "light", "dark"]);
/** Whether to show notifications. The browser asks besides. */
export const notifies = kept("notifications", /** @type {"on" | "off"} */ ("off"), ["on", "off"]);
/** Of which messages there is a sound. */
export const sounds = kept("sounds", /** @type {Sounds} */ ("off"), ["off", "on", "mentions"]);
/** Whether the browser is to be woken while no page is open. */
export const wakes = kept("push", /** @type {"on" | "off"} */ ("off"), ["on", "off"]);

speakIn(language);
/** Ends when the page speaks the chosen language, or its texts are late. */
export const spoken = new Promise((resolve) => void chosenLanguage.subscribe(() => resolve(keepSpeaking())));

effect(() => {
  document.documentElement.lang = TAGS[language.value];
});
effect(() => showTheme(theme.value));
onSystemTheme(() => showTheme(theme.peek()));
