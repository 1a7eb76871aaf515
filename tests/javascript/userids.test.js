// static/im66/chat/text/userids.js: the same answer as accounts/userids.py.
import assert from "node:assert/strict";
import test from "node:test";

import { isUserid } from "../../static/im66/chat/text/userids.js";

test("a userid may be in any script, up to 64 characters", () => {
  for (const userid of ["alice", "1", "小明", "a.b-c@d", "😀", "x".repeat(64), "😀".repeat(64)]) {
    assert.ok(isUserid(userid), userid);
  }
});

test("what separates, what is not seen, and what is too long is none", () => {
  const wrong = ["", " ", "a b", "a_b", "a,b", "a/b", "a\u3000b", "a\u200bb", "a\nb", "\ud800", "x".repeat(65)];
  for (const userid of wrong) assert.ok(!isUserid(userid), JSON.stringify(userid));
});
