// static/im66/chat/wire/line.js: one connection for all tabs of a person.
import "./page.js";

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Line } from "../../static/im66/chat/wire/line.js";
import { WELCOME, opened } from "./fake_socket.js";
import { page } from "./page.js";

/** Locks as browsers have them: whoever asks waits until those before have let it go. */
class Locks {
  #last = Promise.resolve();

  request(_name, { signal }, hold) {
    this.#last = this.#last.then(() => signal.aborted || hold());
    return this.#last;
  }
}

let lines;

beforeEach(() => {
  navigator.locks = new Locks();
  opened.length = 0;
  lines = [];
});

afterEach(() => lines.forEach((line) => line.stop()));

/** A tab, with what it has heard. */
function tab() {
  const heard = [];
  const line = new Line("alice", (event) => heard.push(event.id ?? event.ev));
  lines.push(line);
  line.start();
  return { line, heard };
}

/** Messages between tabs take a moment. */
async function until(holds) {
  const end = Date.now() + 5000;
  while (!holds()) {
    assert.ok(Date.now() < end, `not in time: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function welcome(line, more = {}) {
  await until(() => line.holds.value);
  const connection = opened.at(-1);
  connection.onopen();
  connection.answer({ ...WELCOME, ...more });
  await until(() => line.link.value.state === "open");
  return connection;
}

async function two() {
  const one = tab();
  const connection = await welcome(one.line);
  const other = tab();
  await until(() => other.line.link.value.state === "open");
  return { one, other, connection };
}

test("both tabs hear what comes on one connection", async () => {
  const { one, other, connection } = await two();
  connection.say({ ev: "message", id: 8 });
  await until(() => other.heard.length);

  assert.deepEqual(one.heard, [8]);
  assert.deepEqual(other.heard, [8]);
  assert.equal(opened.length, 1);
  assert.equal(other.line.welcome.value.user.userid, "alice");
});

test("it goes on after what the page began with", async () => {
  const line = new Line("alice", () => {}, 5);
  lines.push(line);
  line.start();
  await until(() => line.holds.value);
  opened[0].onopen();
  assert.equal(opened[0].last.since, 5);
});

test("a tab that begins later knows whether it has missed something", async () => {
  const { connection } = await two();
  const begun = (/** @type {number} */ since) => {
    const line = new Line("alice", () => {}, since);
    lines.push(line);
    line.start();
    return line;
  };
  const before = begun(7);
  await until(() => before.link.value.state === "open");
  assert.equal(before.hasMissed, false);

  connection.say({ ev: "message", id: 9 });
  const after = begun(8);
  await until(() => after.link.value.state === "open");
  assert.equal(after.hasMissed, true);
  assert.equal(before.hasMissed, false);
});

test("a tab that begins later is told what is in no log and has just been told", async () => {
  const { connection } = await two();
  connection.say({ ev: "read", conversation: "u:bob", user: "bob", upto: 7 });
  connection.say({ ev: "typing", conversation: "u:bob", from: "bob" });
  connection.say({ ev: "conversation", conversation: "g:1", pinned: true });
  connection.say({ ev: "conversation", conversation: "g:1", picture: "/new.jpg" });
  const late = tab();
  await until(() => late.heard.length === 2);
  connection.say({ ev: "message", id: 8 });
  await until(() => late.heard.includes(8));
  assert.deepEqual(late.heard, ["read", "conversation", 8]);
});

test("the other tab asks through the one that holds it", async () => {
  const { other, connection } = await two();
  const asked = other.line.ask({ cmd: "read", upto: 3 });
  await until(() => connection.last.cmd === "read");
  connection.answer({ unread: 1 });
  assert.deepEqual(await asked, { unread: 1 });

  const refused = other.line.ask({ cmd: "read", upto: 4 });
  await until(() => connection.last.upto === 4);
  connection.refuse({ code: 429, name: "too_fast", reason: "slow down", retry: 3 });
  await assert.rejects(refused, { name: "too_fast", retry: 3, message: "slow down" });
});

test("when a tab closes the other one goes on after what it has heard", async () => {
  const { one, other, connection } = await two();
  connection.say({ ev: "message", id: 8 });
  await until(() => other.heard.length);
  const asked = other.line.ask({ cmd: "send" });
  one.line.stop();

  await assert.rejects(asked, { name: "disconnected" });
  await until(() => opened.length === 2);
  opened[1].onopen();
  const { since, log } = opened[1].last;
  assert.deepEqual({ since, log }, { since: 8, log: "log" });
});

test("a reply that comes early hides nothing that comes later", async () => {
  const { one, connection } = await two();
  one.line.publish({ ev: "message", id: 11, isOwn: true });
  one.line.publish({ ev: "edited", id: 12, isOwn: true });
  connection.break();
  one.line.comeBack();
  opened[1].onopen();
  assert.equal(opened[1].last.since, 7);
});

test("what one tab tells is heard in all", async () => {
  const { one, other } = await two();
  other.line.publish({ ev: "message", id: 11, isOwn: true });
  await until(() => one.heard.length);
  assert.deepEqual([one.heard, other.heard], [[11], [11]]);
});

test("after a gap it goes on from there, in every tab", async () => {
  const { one, other, connection } = await two();
  connection.say({ ev: "gap", from: 7, to: 2 });
  await until(() => other.heard.length);
  one.line.stop();
  await until(() => opened.length === 2);
  opened[1].onopen();
  assert.equal(opened[1].last.since, 2);
});

test("a log without what was sent last is another one", async () => {
  const { one, other, connection } = await two();
  one.line.publish({ ev: "message", id: 9, isOwn: true });
  connection.break();
  one.line.comeBack();
  await welcome(one.line, { head: 8 });
  await until(() => other.heard.at(-1) === "gap");
  assert.equal(one.heard.at(-1), "gap");
});

test("a tab is welcomed once, however often it hears where the line is", async () => {
  const { other, connection } = await two();
  let welcomes = 0;
  other.line.welcome.subscribe(() => (welcomes += 1));
  tab();
  connection.break();
  await until(() => other.line.link.value.state === "away");
  assert.equal(welcomes, 1);
});

test("another tab can want it back", async () => {
  const { other, connection } = await two();
  connection.break();
  await until(() => other.line.link.value.state === "away");
  other.line.comeBack();
  await until(() => opened.length === 2);
});

test("who was refused can try again with another proof", async () => {
  const { line } = tab();
  const connection = await welcome(line);
  connection.break(4401);
  assert.equal(line.link.value.state, "ended");
  assert.ok(!line.holds.value);
  line.restart();
  await until(() => opened.length === 2);
  await welcome(line);
});

test("with somebody else's session the page begins anew", async () => {
  const { line } = tab();
  await until(() => line.holds.value);
  page.reloads = 0;
  opened[0].onopen();
  opened[0].answer({ ...WELCOME, user: { userid: "bob" } });
  await until(() => page.reloads === 1);
  assert.equal(line.welcome.value, null);
  assert.ok(opened[0].isClosed);
});

test("without locks each tab has a connection of its own", async () => {
  delete navigator.locks;
  const [one, other] = [tab(), tab()];
  assert.equal(opened.length, 2);
  for (const connection of opened) {
    connection.onopen();
    connection.answer(WELCOME);
  }
  await until(() => other.line.link.value.state === "open");
  opened[0].say({ ev: "message", id: 8 });
  opened[1].say({ ev: "message", id: 8 });
  await until(() => other.heard.length);
  assert.deepEqual([one.heard, other.heard], [[8], [8]]);
});
