// static/im66/chat/state/timeline.js: pages of messages, and events while they are on their way.
import "./page.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Timeline } from "../../static/im66/chat/state/timeline.js";

const message = (id, more = {}) => ({ id, conversation: "u:bob", from: "bob", kind: "text", content: `<${id}>`, time: id, reactions: {}, ...more });
let asked;

beforeEach(() => {
  asked = [];
  globalThis.fetch = (url) =>
    new Promise((resolve, reject) => {
      const answer = (items, more = false) =>
        resolve({ status: 200, text: async () => JSON.stringify({ items, more }), headers: new Headers() });
      asked.push({ query: new URL(url, "http://im66.test").searchParams, answer, fail: () => reject(new TypeError()) });
    });
});

const ids = (timeline) => timeline.items.value.map(({ id }) => id);

async function opened(...items) {
  const timeline = new Timeline("u:bob");
  const opening = timeline.open();
  asked[0].answer(items);
  await opening;
  return timeline;
}

test("a message that comes stands after those that were read", async () => {
  const timeline = await opened(message(1), message(2));
  timeline.take(message(3));
  assert.deepEqual(ids(timeline), [1, 2, 3]);
  assert.equal(timeline.state.value, "ready");
});

test("it opens at the first of 40 new messages by the page that is on its way", async () => {
  const timeline = new Timeline("u:bob");
  void timeline.open();
  const opening = timeline.openAt(0, 40);
  asked[0].answer(Array.from({ length: 40 }, (_, at) => message(68 + at)));
  assert.equal(await opening, false);
  assert.equal(asked.length, 1);
});

test("what comes while a page is on its way is in it once", async () => {
  const timeline = new Timeline("u:bob");
  const opening = timeline.open();
  timeline.take(message(3));
  timeline.take(message(2));
  asked[0].answer([message(1), message(2)]);
  await opening;
  assert.deepEqual(ids(timeline), [1, 2, 3]);
});

test("a page that was read before a change does not undo it", async () => {
  const timeline = new Timeline("u:bob");
  const opening = timeline.open();
  timeline.edit(1, "edited", 9);
  timeline.recall(2);
  timeline.react(3, { emoji: "👍", from: "alice", on: true });
  asked[0].answer([message(1), message(2), message(3)]);
  await opening;
  const [edited, recalled, reacted] = timeline.items.value;
  assert.deepEqual([edited.content, edited.edited], ["edited", 9]);
  assert.deepEqual([recalled.content, recalled.recalled], [undefined, true]);
  assert.deepEqual(reacted.reactions, { "👍": ["alice"] });
});

const back = (id) => {
  const { reactions, ...rest } = message(id);
  return rest;
};

test("a restored message is back in its place, with what became of it before", async () => {
  const known = message(2, { edited: 3, reactions: { "👍": ["alice"] } });
  const timeline = await opened(message(1), known, message(4));
  timeline.recall(2, "moderator");
  const [, recalled] = timeline.items.value;
  assert.deepEqual([recalled.content, recalled.recalled, recalled.by], [undefined, true, "moderator"]);
  timeline.restore(back(2));
  assert.deepEqual(timeline.items.value, [message(1), known, message(4)]);
});

test("whoever has never had it gets it in its place", async () => {
  const timeline = await opened(message(1), message(4));
  timeline.restore(back(2));
  assert.deepEqual(timeline.items.value, [message(1), message(2, { edited: null }), message(4)]);
  assert.equal(timeline.behind.value, 0);
});

test("what stands before or after what is shown is not shown", async () => {
  const timeline = new Timeline("u:bob");
  const moving = timeline.toMessage(5);
  asked[0].answer([message(4), message(5)], true);
  await moving;
  timeline.restore(back(2));
  timeline.restore(back(8));
  assert.deepEqual(ids(timeline), [4, 5]);
});

test("a page that was read while it was recalled does not hide it", async () => {
  const timeline = new Timeline("u:bob");
  const opening = timeline.open();
  timeline.restore(back(1));
  asked[0].answer([{ ...message(1), content: undefined, recalled: true, by: "moderator" }]);
  await opening;
  assert.deepEqual(timeline.items.value, [message(1)]);
});

test("older pages too", async () => {
  const timeline = new Timeline("u:bob");
  const opening = timeline.open();
  asked[0].answer([message(5)], true);
  await opening;
  const growing = timeline.older();
  timeline.edit(4, "edited", 9);
  timeline.take(message(6));
  asked[1].answer([message(4)]);
  await growing;
  assert.equal(asked[1].query.get("before"), "5");
  assert.deepEqual(ids(timeline), [4, 5, 6]);
  assert.equal(timeline.items.value[0].content, "edited");
});

test("what comes again after a return does not undo what became of it", async () => {
  const timeline = await opened(message(1, { edited: 4, reactions: { "👍": ["alice"] } }));
  timeline.take(message(1));
  assert.deepEqual(timeline.items.value, [message(1, { edited: 4, reactions: { "👍": ["alice"] } })]);
});

test("one's own message that was held back is there once when it is released", async () => {
  const timeline = await opened(message(1, { cid: "other" }), message(2, { cid: "x" }), message(3));
  timeline.take(message(4, { cid: "x" }));
  assert.deepEqual(ids(timeline), [1, 3, 4]);
});

test("a page for a place that was left is not shown", async () => {
  const timeline = await opened(message(9));
  const around = timeline.toMessage(3);
  const latest = timeline.toLatest();
  asked[2].answer([message(9)]);
  await latest;
  asked[1].answer([message(3)]);
  await around;
  assert.deepEqual(ids(timeline), [9]);
});

test("what could not be read is read when it is opened again", async () => {
  const timeline = new Timeline("u:bob");
  const opening = timeline.open();
  asked[0].fail();
  await opening;
  assert.equal(timeline.state.value, "failed");
  const again = timeline.open();
  asked[1].answer([message(1)]);
  await again;
  assert.deepEqual(ids(timeline), [1]);
});

test("what was read before there was a line is compared with what the server has then", async () => {
  const timeline = new Timeline("u:bob");
  const opening = timeline.open();
  const renewing = timeline.renew();
  asked[0].answer([message(1), message(2)]);
  await opening;
  assert.deepEqual(ids(timeline), [1, 2]);
  while (asked.length < 2) await new Promise(setImmediate);
  timeline.take(message(4));
  asked[1].answer([message(1, { content: "edited" }), message(2), message(3)]);
  await renewing;
  assert.deepEqual(ids(timeline), [1, 2, 3, 4]);
  assert.equal(timeline.items.value[0].content, "edited");
});

test("what is too far from it takes its place", async () => {
  const timeline = await opened(message(1));
  const renewing = timeline.renew();
  while (asked.length < 2) await new Promise(setImmediate);
  asked[1].answer([message(8), message(9)], true);
  await renewing;
  assert.deepEqual(ids(timeline), [8, 9]);
  assert.ok(timeline.hasOlder.value);
});

test("a page is put in part by part, so that no frame takes long", async () => {
  const timeline = await opened(message(100));
  timeline.hasOlder.value = true;
  const growing = timeline.older();
  asked.at(-1).answer(Array.from({ length: 25 }, (_, at) => message(at + 1)));
  const seen = [];
  const stop = timeline.items.subscribe((items) => seen.push(items.length));
  await growing;
  stop();
  assert.deepEqual(seen, [1, 6, 11, 16, 21, 26]);
  assert.deepEqual(ids(timeline), [...Array.from({ length: 25 }, (_, at) => at + 1), 100]);
  assert.equal(timeline.hasOlder.value, false);
});

test("what becomes of a message whose page is half put in is seen when its part is", async () => {
  const timeline = await opened(message(100));
  timeline.hasOlder.value = true;
  const growing = timeline.older();
  asked.at(-1).answer(Array.from({ length: 25 }, (_, at) => message(at + 1)));
  await once(timeline.items, (items) => items.length > 1);
  assert.equal(timeline.hasOlder.value, true);
  timeline.recall(1);
  timeline.react(25, { emoji: "👍", from: "alice", on: true });
  await growing;
  assert.equal(timeline.items.value[0].recalled, true);
  assert.deepEqual(timeline.items.value[24].reactions, { "👍": ["alice"] });
});

test("who goes elsewhere while a page is half put in sees only what is there", async () => {
  const timeline = await opened(message(100));
  timeline.hasOlder.value = true;
  const growing = timeline.older();
  asked.at(-1).answer(Array.from({ length: 25 }, (_, at) => message(at + 1)));
  await once(timeline.items, (items) => items.length > 1);
  const going = timeline.toMessage(500);
  asked.at(-1).answer([message(500)]);
  await Promise.all([growing, going]);
  assert.deepEqual(ids(timeline), [500]);
});

test("newer messages are put in from the first one on, what came meanwhile last", async () => {
  const timeline = await opened(message(1));
  timeline.hasNewer.value = true;
  const growing = timeline.newer();
  timeline.take(message(30));
  asked.at(-1).answer(Array.from({ length: 25 }, (_, at) => message(at + 2)));
  const last = [];
  const stop = timeline.items.subscribe((items) => last.push(items.at(-1).id));
  await growing;
  stop();
  assert.deepEqual(last, [1, 6, 11, 16, 21, 30]);
  assert.equal(timeline.hasNewer.value, false);
});

/** Returns when the signal has such a value. */
const once = (signal, is) =>
  new Promise((resolve) => {
    const stop = signal.subscribe((value) => is(value) && setImmediate(() => (stop(), resolve())));
    if (is(signal.value)) resolve();
  });
