// static/im66/chat/text/blocks.js: long lists in blocks, of which few change.
import assert from "node:assert/strict";
import test from "node:test";

import { Divider } from "../../static/im66/chat/text/blocks.js";

const items = (from, to) => Array.from({ length: to - from }, (_, at) => all[from + at]);
const all = Array.from({ length: 500 }, (_, id) => ({ id: id + 1 }));
const unchanged = (before, after) => after.filter((block) => before.includes(block)).length;

test("a list is divided into blocks of 25", () => {
  const blocks = new Divider().divide(items(0, 60));

  assert.deepEqual(blocks.map((block) => block.items.length), [25, 25, 10]);
  assert.deepEqual(blocks.flatMap((block) => block.items), items(0, 60));
  assert.deepEqual(blocks.map((block) => block.before), [undefined, all[24], all[49]]);
});

test("a new item changes the last block only", () => {
  const divider = new Divider();
  const before = divider.divide(items(0, 110));
  const after = divider.divide(items(0, 111));

  assert.equal(after.length, 5);
  assert.equal(unchanged(before, after), 4);
});

test("older items change the first block only, for what comes before it", () => {
  const divider = new Divider();
  const before = divider.divide(items(100, 200));
  const after = divider.divide(items(50, 200));

  assert.equal(after.length, 6);
  assert.equal(unchanged(before, after), 3);
  assert.deepEqual(after.flatMap((block) => block.items), items(50, 200));
});

test("a changed item changes its block, and the one after it if it was the last", () => {
  const divider = new Divider();
  const before = divider.divide(items(0, 100));

  assert.equal(unchanged(before, divider.divide(items(0, 100).with(3, { id: 4 }))), 3);
  divider.divide(items(0, 100));
  const last = divider.divide(items(0, 100).with(24, { id: 25 }));
  assert.equal(last[1].before, last[0].items[24]);
});

test("what is let go at the beginning leaves the other blocks as they are", () => {
  const divider = new Divider();
  const before = divider.divide(items(0, 200));

  assert.equal(unchanged(before, divider.divide(items(60, 200))), 5);
});
