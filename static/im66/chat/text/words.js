// What the page says, in English and Chinese. The English text is the key.

import { language } from "../state/preferences.js";
import { zh } from "./zh.js";

/**
 * The text in the user's language, with values in place of `{names}`.
 *
 * @param {string} text   English
 * @param {Record<string, string | number>} [values]
 */
export function t(text, values = {}) {
  const said = language.value === "zh" ? (zh[text] ?? text) : text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * As `t`, for a number: English has a text for one and another for more.
 *
 * @param {number} count
 * @param {string} one
 * @param {string} many   with `{count}`; the key of the Chinese text
 * @param {Record<string, string | number>} [values]
 */
export const counted = (count, one, many, values = {}) =>
  t(count === 1 && language.value === "en" ? one : many, { count, ...values });
