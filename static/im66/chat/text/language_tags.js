// What browsers and HTML call the languages of the page. Pure.

/** `zh`: as it is written in China; `zh-hant`: in Taiwan. @typedef {"en" | "zh" | "zh-hant"} Language */

/** @type {Record<Language, string>} */
export const TAGS = { en: "en", zh: "zh-Hans", "zh-hant": "zh-Hant" };

/** The one that a browser speaks, or English. @param {string} tag   as `zh-TW` @returns {Language} */
export const languageOf = (tag) => (/^zh\b.*\b(hant|tw|hk|mo)\b/i.test(tag) ? "zh-hant" : /^zh/i.test(tag) ? "zh" : "en");
