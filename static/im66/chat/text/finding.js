// Comparing what somebody searches for with texts: case, width and accents' spelling make no difference. Pure.

// So much of a text is shown before the first hit. So much of it is looked through for hits, of which a line shows less.
const BEFORE = 24;
const LOOKED_AT = { before: 200, after: 1000 };
// So many hits of a text are marked.
const MAX_HITS = 500;
// No language has more combining marks after each other, and to normalize 32,000 takes half a second.
const TOO_MANY_MARKS = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu;

// Scripts that put no spaces between words, and signs that are words, as in chat/readers/words.py.
const UNSPACED =
  "\\u0900-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u3005-\\u3007\\u3021-\\u3029\\u3040-\\u318f\\u31a0-\\u31ff" +
  "\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const SIGNS = "\\u2190-\\u2bff\\u{1f000}-\\u{1faff}";
const LETTER = `(?:(?![${UNSPACED}])[\\p{L}\\p{N}])`;
const PARTS = new RegExp(`[${UNSPACED}]+|(${LETTER}+)|[${SIGNS}]`, "gu");

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
 * A text in pieces: those that were searched for, in whatever part of a word, and those between them.
 *
 * @param {string} text
 * @param {string} query
 */
export function pieces(text, query) {
  const words = wordsOf(query);
  return cut(text, words.length === 0 ? null : anyOf(words.map(escaped)));
}

/**
 * A message's text in pieces: the words by which the server finds it (chat/readers/words.py), and those between them.
 *
 * @param {string} text
 * @param {string} query
 */
export const marked = (text, query) => cut(text, soughtBy(query));

/** Whether a message's text has such a word that ends after so many characters. @param {string} text @param {string} query @param {number} from */
export function hasAfter(text, query, from) {
  const hits = [...comparable(text).matchAll(soughtBy(query) ?? /$^/g)];
  return hits.some(({ 0: hit, index }) => index + hit.length > from);
}

/**
 * The same as `marked`, in one line that begins shortly before the first hit.
 *
 * @param {string} text
 * @param {string} query
 */
export function excerpt(text, query) {
  const at = Math.max(0, comparable(text).search(soughtBy(query) ?? /^/) - LOOKED_AT.before);
  const some = text.slice(at, at + LOOKED_AT.before + LOOKED_AT.after);
  const [first, ...rest] = marked(some.replace(/\s+/g, " "), query);
  if (!first || first.isHit || rest.length === 0) return first ? [first, ...rest] : [];
  const characters = [...first.text];
  if (characters.length <= BEFORE) return [first, ...rest];
  return [{ text: `…${characters.slice(-BEFORE).join("")}`, isHit: false }, ...rest];
}

/** Finds the words by which messages are found; null if there are none. @param {string} query */
function soughtBy(query) {
  const clear = plain(query).trimEnd().replace(/\*$/, "");
  const parts = [...clear.matchAll(PARTS)].map(({ 0: part, 1: word, index }) => {
    if (word === undefined) return part;
    const isBeginning = word.length > 1 && index + word.length === clear.length;
    return `(?<!${LETTER})${word}${isBeginning ? "" : `(?!${LETTER})`}`;
  });
  return parts.length === 0 ? null : anyOf(parts);
}

/** @param {string[]} patterns */
const anyOf = (patterns) => new RegExp(patterns.sort((a, b) => b.length - a.length).join("|"), "gu");

/** @param {string} text @param {RegExp | null} sought @returns {Piece[]} */
function cut(text, sought) {
  /** @type {Piece[]} */
  const matches = [];
  let end = 0;
  for (const { 0: hit, index } of sought ? comparable(text).matchAll(sought) : []) {
    if (index > end) matches.push({ text: text.slice(end, index), isHit: false });
    end = index + hit.length;
    matches.push({ text: text.slice(index, end), isHit: true });
    if (matches.length > 2 * MAX_HITS) break;
  }
  return end < text.length ? [...matches, { text: text.slice(end), isHit: false }] : matches;
}

/** The text as it is compared, with each character where it was. @param {string} text */
function comparable(text) {
  const clear = plain(text);
  return clear.length === text.length ? clear : text.replace(/\S+/g, comparableWord);
}

/** @param {string} word */
const comparableWord = (word) => [plain(word), word.toLowerCase()].find(({ length }) => length === word.length) ?? word;

/** @param {string} word */
const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
