// Comparing what somebody searches for with texts: case, width and accents' spelling make no difference. Pure.

// So much of a text is shown before the first hit. So much of it is looked through for hits, of which a line shows less.
const BEFORE = 24;
const LOOKED_AT = { before: 200, after: 1000 };
// No language has more combining marks after each other, and to normalize 32,000 takes half a second.
const TOO_MANY_MARKS = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu;

/** @typedef {{ text: string, isHit: boolean }} Piece */

/** Nothing else normalizes. @param {string} text */
export const plain = (text) => text.replace(TOO_MANY_MARKS, "$1").normalize("NFKC").toLowerCase();

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
  const any = anyOf(query);
  if (!any) return text ? [{ text, isHit: false }] : [];
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
  const at = Math.max(0, text.search(anyOf(query) ?? /^/) - LOOKED_AT.before);
  const some = text.slice(at, at + LOOKED_AT.before + LOOKED_AT.after);
  const [first, ...rest] = pieces(some.replace(/\s+/g, " "), query);
  if (!first || first.isHit || rest.length === 0) return first ? [first, ...rest] : [];
  const characters = [...first.text];
  if (characters.length <= BEFORE) return [first, ...rest];
  return [{ text: `…${characters.slice(-BEFORE).join("")}`, isHit: false }, ...rest];
}

/** Finds what is searched for; null if that is nothing. @param {string} query */
function anyOf(query) {
  const words = wordsOf(query);
  return words.length === 0 ? null : new RegExp(`(${words.map(escaped).join("|")})`, "giu");
}

/** @param {string} word */
const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
