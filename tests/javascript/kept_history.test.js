// static/im66/chat/text/kept_history.js: what events make of kept messages, and how they answer calls.
import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_MESSAGES, answerFrom, applied } from "../../static/im66/chat/text/kept_history.js";

const message = (id, more = {}) => ({ id, conversation: "u:bob", from: "bob", kind: "text", content: `<${id}>`, time: id, edited: null, reactions: {}, ...more });
const block = (...ids) => ({ items: ids.map((id) => message(id)), more: false });
const ids = ({ items }) => items.map(({ id }) => id);

test("a message is added and the oldest goes", () => {
  const full = block(...Array.from({ length: MAX_MESSAGES }, (_, at) => at + 1));
  const next = applied(full, { ev: "message", ...message(500) });
  assert.deepEqual([next.items.length, next.items[0].id, next.items.at(-1).id, next.more], [MAX_MESSAGES, 2, 500, true]);
});

test("nothing that a recalled message said stays", () => {
  const before = { items: [message(1, { file: { name: "plan.pdf" }, extension: "e30=", cid: "c" })], more: false };
  const [recalled] = applied(before, { ev: "recalled", target: 1, by: "moderator" }).items;
  assert.deepEqual(recalled, { id: 1, conversation: "u:bob", from: "bob", kind: "text", time: 1, recalled: true, reactions: {}, edited: null, by: "moderator" });
});

test("edits, reactions, hiding and clearing are followed", () => {
  assert.equal(applied(block(1), { ev: "edited", id: 9, target: 1, content: "new" }).items[0].content, "new");
  assert.deepEqual(applied(block(1), { ev: "reaction", target: 1, emoji: "👍", from: "bob", on: true }).items[0].reactions, { "👍": ["bob"] });
  assert.deepEqual(ids(applied(block(1, 2, 3), { ev: "conversation", hidden: [2] })), [1, 3]);
  assert.deepEqual(ids(applied(block(1, 2, 3), { ev: "conversation", cleared: 2 })), [3]);
});

test("what may be read again is read anew", () => {
  for (const event of [{ ev: "restored", target: 1 }, { ev: "notice", id: 4, history: true }, { ev: "conversation", unhidden: [1] }]) {
    assert.equal(applied(block(1), event), null);
  }
});

const index = { userid: "alice", rows: [{ id: "u:bob" }, { id: "g:1" }], people: [{ userid: "alice" }, { userid: "bob" }], slots: {}, pictures: {} };
const answer = (path, query = {}, kept = block(1, 2, 3, 4, 5)) => answerFrom(index, async (id) => (id === "u:bob" ? kept : undefined), path, query);

test("pages of messages are as the API has them", async () => {
  const page = (query) => answer("conversations/u%3Abob/messages", query);
  const all = [await page({ limit: 2 }), await page({ limit: 2, before: 4 }), await page({ limit: 2, after: 2 }), await page({ limit: 3, around: 3 })];
  assert.deepEqual(all.map((one) => [ids(one), one.more]), [[[4, 5], true], [[2, 3], true], [[3, 4], true], [[2, 3, 4], true]]);
  assert.deepEqual(await page({ limit: 9 }), { items: block(1, 2, 3, 4, 5).items, more: false });
});

test("what is not kept is not answered", async () => {
  const older = { ...block(1), more: true };
  for (const [path, query, kept] of [
    ["conversations/g%3A1/messages", {}],
    ["conversations/u%3Abob/messages", { before: 1 }, older],
    ["conversations/u%3Abob/messages", { kind: "picture" }],
    ["conversations", { q: "bo" }],
    ["search", { q: "bo" }],
  ]) {
    assert.equal(await answer(path, query, kept), undefined);
  }
});

test("the list, single conversations and people are answered", async () => {
  assert.deepEqual((await answer("conversations", { folder: "main", limit: 50 })).items, index.rows);
  assert.deepEqual((await answer("conversations", { ids: "g:1" })).items, [{ id: "g:1" }]);
  assert.deepEqual(await answer("conversations/u%3Abob"), { id: "u:bob" });
  assert.deepEqual((await answer("users", { ids: "bob,eve" })).items, [{ userid: "bob" }]);
  assert.deepEqual(await answer("me"), { userid: "alice" });
});
