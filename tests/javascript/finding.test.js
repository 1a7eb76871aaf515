// static/im66/chat/text/finding.js: which parts of a text were searched for.
import assert from "node:assert/strict";
import test from "node:test";

import { excerpt, hasAfter, hasAll, marked, pieces, wordsOf } from "../../static/im66/chat/text/finding.js";

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

const markedIn = (text, query) => marked(text, query).filter((piece) => piece.isHit).map((piece) => piece.text);

test("of a message, those words are marked by which the server finds it", () => {
  assert.deepEqual(markedIn("My camera, inCAMERA, Camels: cam", "cam"), ["cam", "Cam", "cam"]);
  assert.deepEqual(markedIn("camera cam", "cam."), ["cam"]);
  assert.deepEqual(markedIn("camera cam", "cam*"), ["cam", "cam"]);
  assert.deepEqual(markedIn("camera cam", "c"), []);
  assert.deepEqual(markedIn("my camera in my carpet", "my car"), ["my", "my", "car"]);
  assert.deepEqual(markedIn("今天天气很好camera", "天气 cam"), ["天气", "cam"]);
  assert.deepEqual(markedIn("好👍好", "👍"), ["👍"]);
  assert.deepEqual(markedIn("a cat AND dog", '"cat" AND dog*'), ["cat", "AND", "dog"]);
  assert.deepEqual(markedIn("(a.b) % _ * :", "% _ * : ( ["), []);
});

test("case, width and accents make no difference to what is marked", () => {
  assert.deepEqual(markedIn("ＣＡＭＥＲＡ und Ärger…", "cam"), ["ＣＡＭ"]);
  assert.deepEqual(markedIn("Zürich… and ZU\u0308RICH", "zürich"), ["Zürich"]);
  assert.deepEqual(markedIn("İstanbul cam", "cam"), ["cam"]);
});

test("nothing is lost between marked pieces, and there are not too many", () => {
  for (const query of ["", " ", "a", "aa", "👍", "\\", "\ud83d", "\u202ecam", "x\u0301".repeat(99)]) {
    assert.equal(said(marked("a👍aaa\\b مرحبا cam", query)), "a👍aaa\\b مرحبا cam");
  }
  const many = marked("cam ".repeat(5000), "cam");
  assert.equal(said(many), "cam ".repeat(5000));
  assert.ok(many.length < 1100, String(many.length));
});

test("whether a word is in what is folded", () => {
  const text = "cam ".repeat(10) + "harbour";
  assert.ok(hasAfter(text, "harb", 40));
  assert.ok(!hasAfter(text, "cam", 40));
  assert.ok(hasAfter(text, "cam", 38));
  assert.ok(!hasAfter(text, "  ", 0));
});

test("a title must have all words, in whatever part", () => {
  assert.ok(hasAll("Weekend Hiking ＡＢＣ", wordsOf("hik abc")));
  assert.ok(!hasAll("Weekend Hiking", wordsOf("hik sea")));
  assert.ok(hasAll("anything", wordsOf("  ")));
});
