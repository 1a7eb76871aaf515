// Texts of nothing but emoji. Pure.

const MOST = 6;
const ONLY = /^[\p{Emoji}\p{RI}\u200d\ufe0f\u20e3\u{e0020}-\u{e007f}\s]+$/u;
const HAS = /[\p{Extended_Pictographic}\p{RI}\u20e3]/u;
// Digits are emoji to Unicode, if a keycap follows.
const BARE = /[0-9#*](?!\ufe0f?\u20e3)/u;
const segmenter = new Intl.Segmenter();

/** Whether the text is one emoji, of whichever parts. @param {string} text */
export const isOneEmoji = (text) => isFewEmoji(text) && [...segmenter.segment(text)].length === 1;

/** Whether the text is a few emoji, which may be shown large. @param {string} text */
export function isFewEmoji(text) {
  if (text.length > 80 || !ONLY.test(text) || !HAS.test(text) || BARE.test(text)) return false;
  return [...segmenter.segment(text.replace(/\s/g, ""))].length <= MOST;
}
