// static/im66/chat/text/finding.js: which parts of a text were searched for.
import assert from "node:assert/strict";
import test from "node:test";

import { excerpt, hasAll, pieces, wordsOf } from "../../static/im66/chat/text/finding.js";

const hits = (text, query) => pieces(text, query).filter((piece) => piece.isHit).map((piece) => piece.text);
const said = (found) => found.map((piece) => piece.text).join("");

test("what was searched for is marked", () => {
  assert.deepEqual(pieces("Lunch at noon?", "noon"), [
    { text: "Lunch at ", isHit: false },
    { text: "noon", isHit: true },
    { text: "?", isHit: false },
  ]);
});

test("each word is marked wherever it stands, in any case", () => {
  assert.deepEqual(hits("Noon. At NOON we lunch", "noon lunch"), ["Noon", "NOON", "lunch"]);
  assert.deepEqual(hits("明天中午吃饭", "中午"), ["中午"]);
});

test("signs are searched for as they are", () => {
  assert.deepEqual(hits("1+1 (a.b) [c] x-y ^$", "1+1 (a.b) [c] x-y ^$"), ["1+1", "(a.b)", "[c]", "x-y", "^$"]);
  assert.deepEqual(hits("axb", "a.b"), []);
});

test("nothing is lost between the pieces", () => {
  for (const query of ["", " ", "a", "aa", "👍", "\\"]) assert.equal(said(pieces("a👍aaa\\b", query)), "a👍aaa\\b");
  assert.deepEqual(pieces("", "a"), []);
});

test("an excerpt begins shortly before the first hit, and is one line", () => {
  const found = said(excerpt(`${"long ago ".repeat(20)}\n\nnoon\nor later`, "noon"));
  assert.ok(found.startsWith("…"), found);
  assert.ok(found.endsWith(" noon or later"), found);
  assert.ok(found.length < 45, found);
  assert.equal(said(excerpt("short before noon", "noon")), "short before noon");
  assert.equal(said(excerpt("noon first", "noon")), "noon first");
  assert.deepEqual(excerpt("", "noon"), []);
});

test("a title must have all words, in whatever part", () => {
  assert.ok(hasAll("Weekend Hiking ＡＢＣ", wordsOf("hik abc")));
  assert.ok(!hasAll("Weekend Hiking", wordsOf("hik sea")));
  assert.ok(hasAll("anything", wordsOf("  ")));
});
