// static/im66/chat/text/conversation_ids.js: the names of conversations, and the page's addresses of them.
import assert from "node:assert/strict";
import test from "node:test";

import { hashOf, isGroup, ofGroup, ofPerson, peerOf, placeIn } from "../../static/im66/chat/text/conversation_ids.js";

const NOWHERE = { conversation: null, message: null };

test("an address names a conversation, and a message in it", () => {
  assert.equal(hashOf("g:10"), "#/g/10");
  assert.deepEqual(placeIn("#/g/10"), { conversation: "g:10", message: null });
  assert.deepEqual(placeIn("#/u/alice?m=7"), { conversation: "u:alice", message: 7 });
});

test("a group is not a person", () => {
  assert.ok(isGroup(ofGroup("10")));
  assert.ok(!isGroup(ofPerson("g")));
  assert.equal(peerOf(ofPerson("alice")), "alice");
});

for (const userid of ["爱丽丝", "a:b", "a?m=1", "100%", "a#b", "א.ב", "👩‍👩‍👧"]) {
  test(`the address of ${userid} leads back`, () => {
    assert.deepEqual(placeIn(hashOf(ofPerson(userid), 3)), { conversation: ofPerson(userid), message: 3 });
  });
}

for (const hash of ["", "#", "#/", "#/x/1", "#/u/", "#/u/a/b", "#/u/%E4%A", "#/u/alice?m=", "#/u/alice?m=x", "#/u/alice?n=1"]) {
  test(`${hash || "nothing"} shows nothing`, () => assert.deepEqual(placeIn(hash), NOWHERE));
}

test("an id that is too large for a message names none", () => {
  assert.deepEqual(placeIn("#/u/alice?m=99999999999999999999"), { conversation: "u:alice", message: null });
});
