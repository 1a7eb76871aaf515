// static/im66/console: what the console says of a frame of the JSON dialect.

import assert from "node:assert/strict";
import { test } from "node:test";

import { explain } from "../../static/im66/console/json.js";

const kinds = { text: { en: "Text" }, "": { en: "Open with a newer version" } };

test("a message of a kind that it does not know is named as one", () => {
  const message = { ev: "message", kind: "later", content: "x" };

  assert.deepEqual(explain(JSON.stringify(message), kinds), { title: "later: Open with a newer version", value: message });
});

test("a short one that it knows is read as it is, and so are other events", () => {
  assert.equal(explain('{"ev": "message", "kind": "text", "content": "x"}', kinds), null);
  assert.equal(explain('{"ev": "restored", "kind": "later"}', kinds), null);
});
