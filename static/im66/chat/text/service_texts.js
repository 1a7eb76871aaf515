// The service's messages: an English and a Chinese line, then the reason. Pure but for the language that is spoken.

import { isChinese, t } from "./words.js";

const IS_ENGLISH = /^[A-Za-z]/;
const IS_CHINESE = /^\p{Script=Han}/u;
const REASON = /^(?:Reason \/ 原因|原因 \/ Reason)：/;

/** What such a message says in the reader's language alone. @param {string} text */
export function inReadersLanguage(text) {
  const [first, second = "", ...others] = text.split("\n");
  const [english, chinese] = IS_ENGLISH.test(first) ? [first, second] : [second, first];
  if (!IS_ENGLISH.test(english) || !IS_CHINESE.test(chinese)) return text;
  const why = others.join("\n").replace(REASON, () => t("Reason: {reason}", { reason: "" }));
  return [isChinese() ? chinese : english, why].filter(Boolean).join("\n");
}
