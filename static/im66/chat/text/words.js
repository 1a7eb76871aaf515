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

export const isChinese = () => language.value.startsWith("zh");

/** What has a name of its own in each language. @param {{ en: string, zh: string, hant?: string }} names */
export const nameFor = ({ en, zh, hant = zh }) => (language.value === "zh-hant" ? hant : isChinese() ? zh : en);

/**
 * The text in the user's language, with values in place of `{names}`.
 *
 * @param {string} text   English, written out: the catalogue is made of what stands in the scripts
 * @param {Record<string, string | number>} [values]
 */
export const t = (text, values = {}) => filled(texts[language.value]?.[text] ?? text, values);

/** As `t`, for a text that the server sends in English. testkit/messages.py collects those from the server's code. */
export const translated = t;

/** What stands between two sentences. */
export const betweenSentences = () => (isChinese() ? "" : " ");

/** The text with values in place of `{names}`. @param {string} text @param {Record<string, any>} values */
export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (placeholder, name) => String(values[name] ?? placeholder));

/**
 * As `t`, for a number.
 *
 * @param {number} count
 * @param {string} one
 * @param {string} many   with `{count}`
 * @param {Record<string, string | number>} [values]
 */
export const counted = (count, one, many, values = {}) =>
  filled(texts[language.value]?.[one] ?? (count === 1 ? one : many), { count, ...values });
