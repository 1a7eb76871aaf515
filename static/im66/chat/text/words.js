// What the page says. The English text is the key; the texts of another language are loaded before it is spoken.

/** @typedef {{ value: string }} Language   a signal, so that what reads it is drawn again */

/** @type {Language} */
let language = { value: "en" };

/** Say everything in the language that this signal has, from now on. @param {Language} chosen */
export function speakIn(chosen) {
  language = chosen;
}

/** By language. @type {Record<string, Record<string, string>>} */
const texts = {};

/** Know what is said in a language. @param {string} name @param {Record<string, string>} all */
export function learnTexts(name, all) {
  texts[name] = all;
}

export const isTraditional = () => language.value === "zh-hant";

export const isChinese = () => language.value.startsWith("zh");

/** What the server says. Its Chinese is simplified; the page has it in other characters by that. @param {{ en: string, zh: string }} named */
export const nameFor = ({ en, zh }) => (isChinese() ? t(zh) : en);

/**
 * The text in the user's language, with values in place of `{names}`.
 *
 * @param {string} text   English
 * @param {Record<string, string | number>} [values]
 */
export const t = (text, values = {}) => filled(texts[language.value]?.[text] ?? text, values);

/** The text with values in place of `{names}`. @param {string} text @param {Record<string, any>} values */
export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/**
 * As `t`, for a number: English has a text for one and another for more.
 *
 * @param {number} count
 * @param {string} one
 * @param {string} many   with `{count}`; the key of the Chinese text
 * @param {Record<string, string | number>} [values]
 */
export const counted = (count, one, many, values = {}) =>
  t(count === 1 && !isChinese() ? one : many, { count, ...values });
