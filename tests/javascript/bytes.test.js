// How long texts are on their way, and how people say it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytesOf, isLonger, sizeOf } from "../../static/im66/chat/text/bytes.js";

test("a text has the bytes of its UTF-8", () => {
  assert.equal(bytesOf("a好👍"), 1 + 3 + 4);
});

test("a text is as long as its bytes, not its letters", () => {
  assert.equal(isLonger("a".repeat(10), 10), false);
  assert.equal(isLonger("a".repeat(11), 10), true);
  assert.equal(isLonger("好".repeat(3), 9), false);
  assert.equal(isLonger("好".repeat(4), 9), true);
  assert.equal(isLonger("👍👍", 8), false);
  assert.equal(isLonger("👍👍", 7), true);
});

test("sizes are said in the unit that suits them", () => {
  const said = [0, 1023, 1024, 1536, 65_536, 20 * 1024 ** 2, 3 * 1024 ** 4].map(sizeOf);

  assert.deepEqual(said, ["0 B", "1023 B", "1 KB", "1.5 KB", "64 KB", "20 MB", "3072 GB"]);
});
