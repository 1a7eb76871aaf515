// static/im66/client/pauses.js: how long to wait before connecting again.
import assert from "node:assert/strict";
import test from "node:test";

import { pauseAfter } from "../../static/im66/client/pauses.js";

test("after a restart all come back within some seconds, spread", () => {
  assert.ok(pauseAfter(1012, 0, 0) > 0);
  assert.ok(pauseAfter(1012, 0, 1) <= 3);
  assert.ok(pauseAfter(1012, 0, 1) - pauseAfter(1012, 0, 0) > 2);
});

test("each failure in a row doubles the pause, up to half a minute", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 100].map((failures) => pauseAfter(1006, failures, 1));
  assert.deepEqual(longest, [1, 2, 4, 8, 16, 30, 30, 30]);
});

test("chance takes off up to a half", () => {
  assert.equal(pauseAfter(1006, 3, 0), 4);
  assert.equal(pauseAfter(1006, 3, 0.5), 6);
});

test("a server that is not back after its restart is asked less and less often", () => {
  assert.equal(pauseAfter(1012, 4, 1), 16);
});
