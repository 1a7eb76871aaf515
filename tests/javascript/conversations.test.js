// static/im66/chat/state/conversations.js: the list, and events while it is on its way.
import "./page.js";

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { blocked, loadBlocks } from "../../static/im66/chat/state/blocks.js";
import * as state from "../../static/im66/chat/state/conversations.js";
import { drafts, keepDraft, learnDraft } from "../../static/im66/chat/state/drafts.js";
import { take } from "../../static/im66/chat/state/events.js";
import { elsewhere } from "../../static/im66/chat/state/folders.js";
import { contactsAnew } from "../../static/im66/chat/state/requests.js";
import { me } from "../../static/im66/chat/state/session.js";
import { settled } from "./page.js";

const with_ = (last, more = {}) => ({ id: "u:bob", title: "Bob", last: { id: last }, unread: 0, read: 0, ...more });
let asked;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  state.conversations.value = new Map();
  asked = [];
  globalThis.fetch = (url, { body } = {}) =>
    new Promise((resolve) => {
      const answer = (said) => resolve({ status: 200, text: async () => JSON.stringify(said), headers: new Headers() });
      asked.push({ url, body, answer });
    });
});

afterEach(() => {
  // Events that come soon after others wait for each other.
  mock.timers.tick(1000);
  mock.timers.reset();
});

const bob = () => state.conversations.value.get("u:bob");

async function loaded(...items) {
  const loading = state.load();
  asked.at(-1).answer({ items, more: false });
  await loading;
}

async function refreshed(answer) {
  mock.timers.tick(150);
  await settled();
  asked.at(-1).answer(answer);
  await settled();
}

test("a message that comes twice counts once", async () => {
  await loaded(with_(3));
  state.onMessage({ id: 4, conversation: "u:bob" }, { isOwn: false });
  state.onMessage({ id: 4, conversation: "u:bob" }, { isOwn: false });
  assert.deepEqual([bob().last.id, bob().unread], [4, 1]);
});

test("an answer that was read before a message does not hide it", async () => {
  await loaded(with_(3));
  const loading = state.load();
  state.onMessage({ id: 4, conversation: "u:bob" }, { isOwn: false });
  asked[1].answer({ items: [with_(3)], more: false });
  await loading;
  assert.deepEqual([bob().last.id, bob().unread], [4, 1]);

  await refreshed(with_(4, { unread: 1, muted: true }));
  assert.equal(bob().muted, true);
});

test("nor one for this conversation alone", async () => {
  await loaded(with_(3));
  void state.refresh("u:bob");
  mock.timers.tick(150);
  await settled();
  state.onMessage({ id: 4, conversation: "u:bob" }, { isOwn: false });
  asked[1].answer(with_(3));
  await settled();
  assert.equal(bob().last.id, 4);
  await refreshed(with_(4, { unread: 1 }));
  assert.equal(bob().unread, 1);
});

test("nor what was read meanwhile", async () => {
  await loaded(with_(3, { unread: 2 }));
  const loading = state.load();
  state.amend("u:bob", { read: 3, unread: 0 });
  asked[1].answer({ items: [with_(3, { unread: 2 })], more: false });
  await loading;
  assert.equal(bob().unread, 0);
  await refreshed(with_(3, { read: 3 }));
});

test("a last message that was taken back goes", async () => {
  await loaded(with_(3));
  void state.refresh("u:bob");
  await refreshed(with_(2));
  assert.equal(bob().last.id, 2);
});

test("of another log nothing stays", async () => {
  await loaded(with_(30));
  const loading = state.loadAnew();
  asked[1].answer({ items: [with_(3)], more: false });
  await loading;
  assert.equal(bob().last.id, 3);
});

test("what is told while the list is on its way is not lost", async () => {
  me.value = "alice";
  const loading = state.loadAnew();
  take({ ev: "read", conversation: "u:bob", user: "alice", upto: 3 });
  take({ ev: "conversation", conversation: "u:bob", picture: "/new.jpg" });
  mock.timers.tick(60);
  asked.at(-1).answer({ items: [with_(3, { unread: 2 })], more: false });
  await loading;
  await settled();
  mock.timers.tick(60);
  await settled();
  assert.deepEqual([bob().read, bob().unread, bob().picture], [3, 0, "http://im66.test/new.jpg"]);
});

test("a block that another device has set is asked for, and the later answer holds", async () => {
  const first = loadBlocks();
  asked.at(-1).answer({ items: [] });
  await first;
  contactsAnew();
  contactsAnew();
  const [older, newer] = asked.filter(({ url }) => url.endsWith("/blocks")).slice(-2);
  newer.answer({ items: [{ userid: "bob", nickname: "Bob", avatar: "" }] });
  await settled();
  older.answer({ items: [] });
  await settled();
  assert.deepEqual([...blocked.value], ["bob"]);
});

test("a text that is sent is no draft at once, and a tab that told of it meanwhile changes nothing", async () => {
  const told = () => asked.map(({ body }) => body && JSON.parse(body).draft);
  keepDraft("u:bob", "Hello");
  mock.timers.tick(2000);
  keepDraft("u:bob", "");
  asked[0].answer({});
  await settled();
  assert.deepEqual(told(), ["Hello", ""]);
  asked[1].answer({});
  await settled();

  learnDraft({ id: "u:bob", draft: "Hello, Bob" });
  assert.deepEqual(told(), ["Hello", "", ""]);
  assert.equal(drafts.value.has("u:bob"), false);
  asked[2].answer({});
  await settled();
});

const page = (ids, more) => ({ items: ids.map((id) => with_(id, { id: `u:p${id}`, unread: 1 })), more: true, ...more });

async function loadedFirstOf(counts) {
  const loading = state.load();
  asked.at(-1).answer(page([9, 8], { next: "8", counts }));
  await loading;
}

test("what is unread beyond the first page counts, and is counted once", async () => {
  await loadedFirstOf({ unread: 12, archived: 2, requests: 0 });
  assert.deepEqual([state.unread.value, elsewhere.value], [12, { unread: 10, archived: 2, requests: 0 }]);
  const more = state.more("main");
  // The last one has moved to the top since the first page was read.
  asked.at(-1).answer(page([7, 6, 20], { next: "6" }));
  await more;
  assert.match(asked.at(-1).url, /folder=main&limit=50&after=8$/);
  assert.deepEqual([state.unread.value, elsewhere.value.unread], [12, 7]);
  assert.deepEqual(state.listed.value.map(({ id }) => id), ["u:p20", "u:p9", "u:p8", "u:p7", "u:p6"]);
});

test("a conversation beyond the first page that gets a message comes to the top", async () => {
  await loadedFirstOf({ unread: 12, archived: 0, requests: 0 });
  state.onMessage({ id: 10, conversation: "u:p1" }, { isOwn: false });
  await refreshed({ items: [with_(10, { id: "u:p1", unread: 2 })] });
  assert.equal(state.listed.value[0].id, "u:p1");
  mock.timers.tick(2000);
  asked.at(-1).answer(page([10], { next: "10", counts: { unread: 13, archived: 0, requests: 0 } }));
  await settled();
  assert.equal(state.unread.value, 13);
});

test("one that is opened by its address stays out of the list until its page is there", async () => {
  await loadedFirstOf({ unread: 0, archived: 0, requests: 0 });
  const known = state.known("u:p1");
  // By its id in the list: that there is none with somebody yet is no failure.
  assert.match(asked.at(-1).url, /conversations\?ids=u%3Ap1$/);
  asked.at(-1).answer({ items: [with_(1, { id: "u:p1" })] });
  assert.equal((await known).id, "u:p1");
  assert.deepEqual(state.listed.value.map(({ id }) => id), ["u:p9", "u:p8"]);
});

test("a list that is loaded anew is as long as it was", async () => {
  await loadedFirstOf({ unread: 0, archived: 0, requests: 0 });
  const more = state.more("main");
  asked.at(-1).answer({ ...page(Array.from({ length: 60 }, (_, at) => 1000 - at).map((id) => id - 1000 + 7), { next: "x" }) });
  await more;
  void state.load();
  assert.match(asked.at(-1).url, /limit=62$/);
});
