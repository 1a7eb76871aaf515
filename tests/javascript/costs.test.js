// static/im66/chat/text/: no text of 64 KB takes the page long, and nothing takes long by the square of its length.
import assert from "node:assert/strict";
import test from "node:test";

import "./page.js";

import { isLonger } from "../../static/im66/chat/text/bytes.js";
import { pieces } from "../../static/im66/chat/text/code.js";
import { isFewEmoji } from "../../static/im66/chat/text/emoji.js";
import { excerpt, hasAfter, hasAll, marked, wordsOf } from "../../static/im66/chat/text/finding.js";
import { beginning } from "../../static/im66/chat/text/folding.js";
import { formatted, plainText } from "../../static/im66/chat/text/formatting.js";
import { linkify } from "../../static/im66/chat/text/links.js";
import { fileAt, sizeIn } from "../../static/im66/chat/text/media_urls.js";
import { previewOf } from "../../static/im66/chat/text/previews.js";
import { isUserid } from "../../static/im66/chat/text/userids.js";

const TEXT_BYTES = 64 * 1024;
// Of the processor. They take 2 to 20 ms, on a machine that does other things as well twice that; what rises with the
// square takes more than a second.
const MOST_MS = 250;
const REPEATS = 4;

const encoder = new TextEncoder();
const filled = (piece, size) => piece.repeat(Math.max(1, Math.floor(size / encoder.encode(piece).length)));

/** What is worst for some way of working on a text, in at most so many bytes. */
const TEXTS = {
  "combining marks": (size) => `word a${filled("\u0315", size / 2 - 8)}${filled("\u0334", size / 2 - 8)}`,
  "letters with marks": (size) => filled("e\u0301", size),
  "what expands to 18": (size) => filled("\ufdfa", size),
  "what has a longer small letter": (size) => filled("İ", size),
  "addresses": (size) => filled("http://a ", size),
  "addresses among letters that end them": (size) => filled("http://a中", size),
  "marks of code": (size) => filled("`a` ", size),
  "fences of code": (size) => filled("```a", size),
  "marks of code that never end": (size) => filled("`a\n", size),
  "asterisks": (size) => filled("*", size),
  "asterisks in pairs": (size) => filled("** ", size),
  "words in italics": (size) => filled("*a* ", size),
  "marks that open only": (size) => filled("*a ", size),
  "marks across each other": (size) => filled("***a** ~~b* ", size),
  "marks that end with their lines": (size) => filled("*a\n", size),
  "marks between emoji": (size) => filled("😀*", size),
  "quotes in quotes": (size) => filled("> ", size),
  "lines of quotes": (size) => filled("> a\n", size),
  "items": (size) => filled("- a\n", size),
  "items and quotes": (size) => filled("- a\n> b\n", size),
  "marks among signs of direction": (size) => filled("\u202e*\u200f~~", size),
  "beginnings of addresses": (size) => filled("http://", size),
  "almost addresses": (size) => filled("www.", size),
  "short addresses": (size) => filled("www.a.", size),
  "a label": (size) => `www.${filled("a", size - 4)}`,
  "labels": (size) => `http://${filled("é.", size - 8)}`,
  "an address with punctuation": (size) => `http://x${filled("?!.,", size - 8)}`,
  "an address with brackets": (size) => `http://x${filled("(", size / 2 - 8)}${filled(")", size / 2 - 8)}`,
  "an address with users": (size) => `http://${filled("a@", size - 8)}`,
  "an address with a port": (size) => `http://a:${filled("9", size - 10)}`,
  "ZWJ emoji": (size) => filled("👨\u200d👩\u200d👧\u200d👦", size),
  "flags": (size) => filled("🇨🇳", size),
  "keycaps": (size) => filled("1\ufe0f\u20e3", size),
  "halves of characters": (size) => "\ud800".repeat(size / 3),
  "newlines": (size) => filled("\n", size),
  "spaces": (size) => filled(" ", size),
  "one word": (size) => filled("h", size),
  "short words": (size) => filled("ab cd ", size),
  "chinese": (size) => filled("我们今天去吃饭，", size),
  "numbers of a file": (size) => `/media/${"0".repeat(32)}-${filled("1", size - 60)}x1.jpg`,
};

const WORK = {
  linkify,
  pieces,
  beginning,
  formatted,
  plainText,
  isFewEmoji,
  previewOf: (text) => previewOf({ kind: "text", content: text }),
  excerpt: (text) => excerpt(text, "a b hello 我们"),
  marked: (text) => marked(text, "a b hello 我们 h"),
  hasAfter: (text) => hasAfter(text, "a b hello 我们 h", TEXT_BYTES),
  hasAll: (text) => hasAll(text, ["zz", "我们"]),
  wordsOf,
  isLonger: (text) => isLonger(text, TEXT_BYTES),
  fileAt: (text) => fileAt(text, "http://localhost"),
  sizeIn,
  isUserid,
};

for (const [name, work] of Object.entries(WORK)) {
  test(`${name} takes a few milliseconds at most`, () => {
    for (const [given, make] of Object.entries(TEXTS)) {
      const spent = quickest(work, make(TEXT_BYTES));
      assert.ok(spent < MOST_MS, `${given}: ${spent} ms`);
    }
  });
}

test("what is cut or left as it is, is so", () => {
  const many = filled("http://a ", TEXT_BYTES);
  const parts = linkify(many);
  assert.equal(parts.map(({ text }) => text).join(""), many);
  assert.equal(parts.filter(({ href }) => href).length, 500);
  assert.equal(linkify(`http://a/${"b".repeat(3000)} http://c`).filter(({ href }) => href).length, 1);
  const marks = "\u0301".repeat(30);
  assert.ok(hasAll(`a${marks}\u0301`, wordsOf(`a${marks}`)));
});

/** @param {(text: string) => unknown} work @param {string} text */
function quickest(work, text) {
  let least = Infinity;
  for (let time = 0; time < REPEATS; time += 1) {
    const before = process.cpuUsage();
    work(text);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
