// static/im66/chat/state/outbox.js: messages that the server has not accepted yet.
import "./page.js";

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Outbox } from "../../static/im66/chat/state/outbox.js";
import { toasts } from "../../static/im66/chat/state/toasts.js";
import { signal } from "../../static/im66/vendor/signals.js";
import { Failure, disconnected } from "../../static/im66/client/failure.js";
import { page, settled } from "./page.js";

const PREFIX = "im66.out.alice/";
let line;
let answers;

/** A line whose answers tests give, in order; without one, the message is accepted. */
class FakeLine {
  link = signal({ state: "open", code: 0 });
  holds = signal(true);
  welcome = signal({ user: { userid: "alice" } });
  asked = [];
  told = [];

  async ask(command) {
    this.asked.push(command);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return (await answer) ?? { id: 100 + this.asked.length, time: 1 };
  }

  publish(event) {
    this.told.push(event);
  }

  be(state) {
    this.link.value = { state, code: 0 };
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  for (const key of Object.keys(localStorage)) localStorage.removeItem(key);
  page.hasRoom = true;
  toasts.value = [];
  line = new FakeLine();
  answers = [];
});

afterEach(() => mock.timers.reset());

const outboxOf = (whose = line) => new Outbox("alice", whose);
const text = (content) => ({ to: "u:bob", kind: "text", content });
const contents = (list) => list.map(({ content }) => content);

test("a message goes to the server under a name of its own", async () => {
  const outbox = outboxOf();
  outbox.add(text("hello"));
  await settled();

  const [{ cid, ...sent }] = line.asked;
  assert.deepEqual(sent, { cmd: "send", to: "u:bob", kind: "text", content: "hello", reply: undefined });
  assert.ok(cid.length > 10 && cid.length <= 64);
  assert.deepEqual(line.told.map(({ ev, id, from, cid: of }) => [ev, id, from, of]), [["message", 101, "alice", cid]]);
  assert.deepEqual(outbox.waiting.value, []);
  assert.deepEqual(Object.keys(localStorage), []);
});

test("what a rule has changed is shown as it is stored", async () => {
  answers.push({ id: 5, time: 1, content: "****" });
  outboxOf().add(text("damn"));
  await settled();

  assert.deepEqual(contents(line.told), ["****"]);
});

test("they go one after the other", async () => {
  let accept;
  answers.push(new Promise((resolve) => (accept = resolve)));
  const outbox = outboxOf();
  for (const content of ["one", "two", "three"]) outbox.add(text(content));
  await settled();
  assert.deepEqual(contents(line.asked), ["one"]);
  accept({ id: 1, time: 1 });
  await settled();
  assert.deepEqual(contents(line.asked), ["one", "two", "three"]);
});

test("they wait while the server is away, and for another page", async () => {
  line.be("away");
  outboxOf().add(text("later"));
  await settled();
  assert.deepEqual(line.asked, []);

  line.be("open");
  outboxOf();
  await settled();
  assert.deepEqual(contents(line.asked), ["later"]);
});

test("whoever knows no answer sends the same again", async () => {
  answers.push(disconnected());
  const outbox = outboxOf();
  outbox.add(text("once"));
  line.be("away");
  await settled();
  assert.deepEqual(contents(outbox.waiting.value), ["once"]);

  line.be("open");
  outbox.look();
  await settled();
  assert.equal(line.asked.length, 2);
  assert.equal(line.asked[0].cid, line.asked[1].cid);
});

test("their order stays when the clock is set back", async () => {
  line.be("away");
  const outbox = outboxOf();
  outbox.add(text("first"));
  mock.timers.setTime(10);
  outbox.add(text("second"));
  assert.deepEqual(contents(outbox.waiting.value), ["first", "second"]);
});

test("what the server refuses waits for its author", async () => {
  answers.push(new Failure("blocked", ""));
  const outbox = outboxOf();
  outbox.add(text("no"));
  outbox.add(text("yes"));
  await settled();
  assert.deepEqual(outbox.waiting.value.map(({ content, failed }) => [content, failed]), [["no", "blocked"]]);

  outbox.retry(outbox.waiting.value[0].cid);
  await settled();
  assert.deepEqual(contents(line.asked), ["no", "yes", "no"]);
  assert.deepEqual(outbox.waiting.value, []);
});

test("who is too fast waits as long as the server says", async () => {
  answers.push(new Failure("too_fast", "", { retry: 3 }));
  outboxOf().add(text("fast"));
  await settled();
  mock.timers.tick(2999);
  await settled();
  assert.equal(line.asked.length, 1);
  mock.timers.tick(1);
  await settled();
  assert.equal(line.asked.length, 2);
});

test("who must wait in one conversation writes in the others meanwhile", async () => {
  answers.push(new Failure("too_fast", "", { retry: 3600 }));
  const outbox = outboxOf();
  const slow = { to: "g:1", kind: "text" };
  outbox.add({ ...slow, content: "one" });
  outbox.add({ ...slow, content: "two" });
  outbox.add(text("elsewhere"));
  await settled();
  assert.deepEqual(contents(line.asked), ["one", "elsewhere"]);
  assert.deepEqual([...outbox.held.value.keys()], ["g:1"]);

  mock.timers.tick(3_600_000);
  await settled();
  assert.deepEqual(contents(line.asked), ["one", "elsewhere", "one", "two"]);
  assert.equal(outbox.held.value.size, 0);
});

test("whose session has ended loses nothing", async () => {
  answers.push(new Failure("log_in_first", ""));
  const outbox = outboxOf();
  outbox.add(text("kept"));
  line.be("ended");
  await settled();
  assert.deepEqual(outbox.waiting.value.map(({ failed }) => failed), [undefined]);
});

test("what was dropped does not come back with its refusal", async () => {
  let refuse;
  answers.push(new Promise((_, reject) => (refuse = reject)));
  const outbox = outboxOf();
  outbox.add(text("dropped"));
  outbox.drop(outbox.waiting.value[0].cid);
  refuse(new Failure("muted", ""));
  await settled();
  assert.deepEqual(outbox.waiting.value, []);
});

test("only the tab that holds the line sends", async () => {
  line.holds.value = false;
  const outbox = outboxOf();
  outbox.add(text("from here"));
  await settled();
  assert.deepEqual(line.asked, []);

  const holder = new FakeLine();
  outboxOf(holder);
  await settled();
  assert.deepEqual(contents(holder.asked), ["from here"]);
});

test("it sees what another tab has sent", async () => {
  line.be("away");
  const outbox = outboxOf();
  outbox.add(text("from here"));
  const key = PREFIX + outbox.waiting.value[0].cid;
  localStorage.removeItem(key);
  dispatchEvent(Object.assign(new Event("storage"), { key }));
  assert.deepEqual(outbox.waiting.value, []);
});

test("a full storage keeps nobody from writing, in no tab", async () => {
  page.hasRoom = false;
  line.be("away");
  line.holds.value = false;
  const outbox = outboxOf();
  outbox.add(text("no room"));
  assert.deepEqual(contents(outbox.waiting.value), ["no room"]);
  assert.match(toasts.value[0].text, /no room left/);

  line.be("open");
  outbox.look();
  await settled();
  assert.deepEqual(contents(line.asked), ["no room"]);
  assert.deepEqual(outbox.waiting.value, []);
});

test("a place that holds nonsense is passed over", async () => {
  localStorage.setItem(`${PREFIX}a`, "{");
  localStorage.setItem(`${PREFIX}b`, "7");
  assert.deepEqual(outboxOf().waiting.value, []);
});

test("so is one that holds no message which could be sent or shown", async () => {
  const message = { ...text("kept"), at: 5 };
  const wrong = { to: 5, kind: "file", content: null, at: "now", reply: "1", failed: {} };
  for (const [name, value] of Object.entries(wrong)) {
    localStorage.setItem(PREFIX + name, JSON.stringify({ ...message, [name]: value }));
  }
  localStorage.setItem(`${PREFIX}whole`, JSON.stringify(message));
  line.be("away");
  assert.deepEqual(outboxOf().waiting.value, [{ ...message, cid: "whole" }]);
});

test("a message under another cid than its own goes once", async () => {
  localStorage.setItem(`${PREFIX}here`, JSON.stringify({ ...text("once"), at: 5, cid: "there" }));
  const outbox = outboxOf();
  await settled();
  assert.deepEqual(contents(line.asked), ["once"]);
  assert.deepEqual(outbox.waiting.value, []);
});

test("a page that fails at showing it does not send it twice", async () => {
  line.publish = () => {
    throw new Error("drawing failed");
  };
  line.be("away");
  const outbox = outboxOf();
  outbox.add(text("shown badly"));
  line.be("open");
  await assert.rejects(outbox.send(), { message: "drawing failed" });
  assert.deepEqual(outbox.waiting.value, []);
});
