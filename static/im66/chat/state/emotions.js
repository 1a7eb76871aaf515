// The emotions that this server draws, by the codes that messages have.

import { computed, signal } from "../../vendor/signals.js";
import { asset } from "../config.js";

/** @typedef {{ code: string, name: string, en: string, zh: string }} Emotion   `name`: its file's */

/** In the order of the picker; empty until they are known. @type {import("../../vendor/signals.js").Signal<Emotion[]>} */
export const emotions = signal([]);

const byCode = computed(() => new Map(emotions.value.map((emotion) => [emotion.code, emotion])));

/** The emotion of this code; undefined if there is none. @param {string} code */
export const emotionOf = (code) => byCode.value.get(code);

/** Its picture. @param {Emotion} emotion */
export const pictureOf = ({ name }) => asset(`emotions/${name}.svg`);

/** Get to know them. */
export async function loadEmotions() {
  try {
    const answer = await fetch(asset("emotions/emotions.json"));
    if (answer.ok) emotions.value = await answer.json();
  } catch {
    // Their codes are shown instead.
  }
}
