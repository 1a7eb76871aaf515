// static/im66/chat/text/code.js: what is shown as code.
import assert from "node:assert/strict";
import test from "node:test";

import { pieces } from "../../static/im66/chat/text/code.js";

test("what stands between two marks is code", () => {
  assert.deepEqual(pieces("use `git log`, 看`git`"), [
    { text: "use " },
    { text: "git log", code: "inline" },
    { text: ", 看" },
    { text: "git", code: "inline" },
  ]);
});

test("lines between two fences are a block, without the fences and the language", () => {
  assert.deepEqual(pieces("look:\n```python\nif `a`:\n    b()\n```\nso"), [
    { text: "look:" },
    { text: "if `a`:\n    b()", code: "block" },
    { text: "so" },
  ]);
  assert.deepEqual(pieces("```one line```"), [{ text: "one line", code: "block" }]);
});

test("marks that close nothing are text", () => {
  for (const text of ["", "it`s", "a ` b\nc ` d", "``", "``` never closed `", "```\n\n```"]) {
    assert.equal(pieces(text).every((piece) => !piece.code), true, text);
    assert.equal(pieces(text).map((piece) => piece.text).join(""), text);
  }
});
