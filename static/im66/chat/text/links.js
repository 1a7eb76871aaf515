// Finds web addresses in what people wrote. Knows no page.

/**
 * A piece of a text. One that is a web address has an `href`, which is always of http or https.
 * @typedef {{ text: string, href?: string }} Part
 */

// People write Chinese, Japanese and Korean without a space after an address, so such letters end it. Letters of
// other scripts may be a part of it.
const ENDING = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\uff00-\uffef]`;
const LETTER = String.raw`(?!${ENDING})[\p{L}\p{M}\p{N}]`;
const ANY = String.raw`(?:${LETTER}|[\-._~:\/?#\[\]@!$&'()*+,;=%])`;
const LABEL = String.raw`(?:${LETTER}|-)+`;

const ADDRESS = new RegExp(
  String.raw`(?<!\w)https?:\/\/(?:${LETTER}|\[)${ANY}*|(?<![\w@.\/\-])www\.${LABEL}\.${LETTER}${ANY}*`,
  "giu",
);

// A text has at most so many addresses, and an address so many characters. What is more stays text: each address takes
// a moment to make.
const MOST_LINKS = 500;
const LONGEST = 2048;

// A tilde there is a tone of voice: 看看这个 https://example.com~
const CLOSES_A_SENTENCE = ".,;:!?'*~";
/** @type {Record<string, string>} */
const BRACKETS = { "(": ")", "[": "]" };

/**
 * Take `text` apart into addresses and what is between them. The parts joined are `text` again.
 * @param {string} text
 * @returns {Part[]}
 */
export function linkify(text) {
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  let links = 0;
  for (const match of text.matchAll(ADDRESS)) {
    if (match[0].length > LONGEST) continue;
    const address = match[0].slice(0, lengthOf(match[0]));
    const href = hrefOf(address);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href });
    end = match.index + address.length;
    links += 1;
    if (links === MOST_LINKS) break;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/**
 * How much of `run` is the address, and not the end of the sentence that it is in. A closing bracket belongs to the
 * address if it opened there.
 * @param {string} run
 */
function lengthOf(run) {
  let length = run.length;
  for (const unopened = unopenedIn(run); length > 0; length -= 1) {
    const last = run[length - 1];
    if (last in BRACKETS) unopened[BRACKETS[last]] += 1;
    else if (unopened[last] > 0) unopened[last] -= 1;
    else if (!CLOSES_A_SENTENCE.includes(last)) break;
  }
  return length;
}

/**
 * By closing bracket, how many more of them than of their opening ones are in `run`.
 * @param {string} run
 */
function unopenedIn(run) {
  const count = (/** @type {string} */ bracket) => run.split(bracket).length;
  const pairs = Object.entries(BRACKETS);
  return Object.fromEntries(pairs.map(([opening, closing]) => [closing, count(closing) - count(opening)]));
}

/**
 * Where `address` leads, or nothing if it is none.
 * @param {string} address
 */
function hrefOf(address) {
  const href = /^www\./i.test(address) ? `http://${address}` : address;
  return URL.canParse(href) ? href : undefined;
}
