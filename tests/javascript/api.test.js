// static/im66/chat/wire/api.js: what the server answers, and what others answer in its place.
import "./page.js";

import assert from "node:assert/strict";
import { test } from "node:test";

import { read } from "../../static/im66/chat/wire/api.js";

test("an answer is read as it is", () => assert.deepEqual(read(200, '{"items": []}'), { items: [] }));

test("a refusal is told by its name", () => {
  const said = '{"error": {"code": 429, "name": "too_fast", "reason": ""}}';
  assert.throws(() => read(429, said, "3"), { name: "too_fast", retry: 3 });
});

for (const status of [200, 502]) {
  test(`a page in place of an answer may be passing: ${status}`, () => {
    assert.throws(() => read(status, "<html>Log in to this network"), { name: "try_again", isPassing: true });
  });
}
