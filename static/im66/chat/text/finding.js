// Comparing what somebody searches for with texts: case, width and accents' spelling make no difference. Pure.

// So much of a text is shown before the first hit.
const BEFORE = 24;

/** @typedef {{ text: string, isHit: boolean }} Piece */

/** @param {string} text */
export const plain = (text) => text.normalize("NFKC").toLowerCase();

/** What is searched for, in words. @param {string} query */
export const wordsOf = (query) => plain(query).split(/\s+/).filter(Boolean);

/** Whether a text has all the words, in whatever part of a word. @param {string} text @param {string[]} words */
export function hasAll(text, words) {
  const clear = plain(text);
  return words.every((word) => clear.includes(word));
}

/**
 * A text in pieces: those that were searched for, and those between them.
 *
 * @param {string} text
 * @param {string} query
 * @returns {Piece[]}
 */
export function pieces(text, query) {
  const words = wordsOf(query);
  if (words.length === 0) return text ? [{ text, isHit: false }] : [];
  const any = new RegExp(`(${words.map(escaped).join("|")})`, "giu");
  return text
    .split(any)
    .map((part, at) => ({ text: part, isHit: at % 2 === 1 }))
    .filter((piece) => piece.text);
}

/**
 * The same, in one line that begins shortly before the first hit.
 *
 * @param {string} text
 * @param {string} query
 */
export function excerpt(text, query) {
  const [first, ...rest] = pieces(text.replace(/\s+/g, " "), query);
  if (!first || first.isHit || rest.length === 0) return first ? [first, ...rest] : [];
  const characters = [...first.text];
  if (characters.length <= BEFORE) return [first, ...rest];
  return [{ text: `…${characters.slice(-BEFORE).join("")}`, isHit: false }, ...rest];
}

/** @param {string} word */
const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
