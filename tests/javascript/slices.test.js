// static/im66/chat/text/slices.js: lists of messages without doubles.
import assert from "node:assert/strict";
import test from "node:test";

import { changed, countOf, merged, reacted, reactedTo } from "../../static/im66/chat/text/slices.js";

const items = (...ids) => ids.map((id) => ({ id }));
const ids = (list) => list.map(({ id }) => id);

test("two lists become one without doubles, in order", () => {
  assert.deepEqual(ids(merged(items(1, 3), items(2, 3, 4))), [1, 2, 3, 4]);
});

test("what comes later stands at the end, the list itself stays", () => {
  const before = items(1, 2);
  assert.deepEqual(ids(merged(before, items(5))), [1, 2, 5]);
  assert.deepEqual(ids(before), [1, 2]);
});

test("of two with one id the newer one stays", () => {
  assert.deepEqual(merged([{ id: 1, content: "old" }], [{ id: 1, content: "new" }]), [{ id: 1, content: "new" }]);
});

test("nothing added is the same list", () => {
  const before = items(1);
  assert.equal(merged(before, []), before);
  assert.deepEqual(merged([], items(2)), items(2));
});

test("only what is there is changed", () => {
  const before = items(1, 2);
  assert.deepEqual(changed(before, 2, (item) => ({ ...item, edited: 9 })), [{ id: 1 }, { id: 2, edited: 9 }]);
  assert.equal(changed(before, 3, () => assert.fail()), before);
});

test("a reaction is given once, and taken back", () => {
  const on = { emoji: "👍", from: "alice", on: true };
  const given = reacted({ "👍": ["bob"] }, on);
  assert.deepEqual(given, { "👍": ["bob", "alice"] });
  assert.deepEqual(reacted(given, on), given);
  assert.deepEqual(reacted(given, { ...on, on: false }), { "👍": ["bob"] });
  assert.deepEqual(reacted({ "👍": ["alice"] }, { ...on, on: false }), {});
  assert.deepEqual(reacted(undefined, { ...on, on: false }), {});
});

test("all that a person has given may be taken back at once", () => {
  const given = { "👍": ["bob", "alice"], "🎉": ["alice"], "😀": ["bob"] };
  assert.deepEqual(reacted(given, { emoji: "", from: "alice", on: false }), { "👍": ["bob"], "😀": ["bob"] });
  assert.deepEqual(reacted(undefined, { emoji: "", from: "alice", on: false }), {});
});

test("a reaction may be called as something that every object has", () => {
  for (const emoji of ["constructor", "__proto__", "toString"]) {
    const given = reacted({ "👍": ["bob"] }, { emoji, from: "alice", on: true });
    assert.deepEqual(Object.entries(given), [["👍", ["bob"]], [emoji, ["alice"]]]);
    assert.deepEqual(reacted(given, { emoji, from: "alice", on: false }), { "👍": ["bob"] });
  }
});

test("where more have given a reaction than are named, they are counted", () => {
  const before = { reactions: { "👍": ["bob"], "🎉": ["bob"] }, reaction_counts: { "👍": 7 } };
  const on = { emoji: "👍", from: "alice", on: true };
  const given = reactedTo(before, on);
  assert.deepEqual([countOf(given, "👍"), countOf(given, "🎉")], [8, 1]);
  assert.equal(countOf(reactedTo(given, on), "👍"), 8);
  assert.equal(countOf(reactedTo(given, { ...on, on: false }), "👍"), 7);
  assert.equal(countOf(reactedTo(before, { emoji: "👍", from: "unnamed", on: false }), "👍"), 6);
  assert.equal(countOf(reactedTo(before, { emoji: "", from: "bob", on: false }), "👍"), 6);
});

test("those who are not named stay when all who are take it back", () => {
  const last = reactedTo(
    { reactions: { "👍": ["bob"] }, reaction_counts: { "👍": 2 } },
    { emoji: "👍", from: "bob", on: false },
  );
  assert.deepEqual(last.reactions, { "👍": [] });
  assert.equal(countOf(last, "👍"), 1);
  assert.deepEqual(reactedTo(last, { emoji: "👍", from: "unnamed", on: false }).reaction_counts, {});
});
