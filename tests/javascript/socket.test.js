// static/im66/client/socket.js: one connection, which comes back by itself.
import "./page.js";

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { SUBPROTOCOL, Socket } from "../../static/im66/client/socket.js";
import { settled } from "./page.js";
import { WELCOME, opened } from "./fake_socket.js";

const SECOND = 1000;
let told;
let states;
let socket;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  opened.length = 0;
  told = [];
  states = [];
  socket = new Socket({
    open: () => new WebSocket("ws://im66.test/entry", SUBPROTOCOL),
    hello: () => ({ since: 5 }),
    onWelcome: (welcome) => told.push(welcome.head),
    onEvent: (event) => told.push(event.ev),
    onState: (state, code, seconds, why) => states.push([state, code || "", why?.reason ?? ""].filter(Boolean).join(" ")),
  });
  socket.start();
});

async function welcomed(connection = opened.at(-1)) {
  connection.onopen();
  connection.answer(WELCOME);
  await settled();
  return connection;
}

/** Time passes, in steps: what a timer begins is timed from when it ran. */
function pass(seconds) {
  for (let step = 0; step < 2 * seconds; step += 1) mock.timers.tick(SECOND / 2);
}

test("it says hello with what it has heard, and hears what comes", async () => {
  const connection = await welcomed();
  connection.say({ ev: "message", id: 8 });

  assert.equal(connection.url, "ws://im66.test/entry");
  assert.equal(connection.subprotocol, "im66.json.v1");
  assert.deepEqual(connection.sent, [{ id: 1, cmd: "hello", since: 5 }]);
  assert.deepEqual(told, [7, "message"]);
  assert.deepEqual(states, ["connecting", "open"]);
});

test("a command is answered, or refused by name", async () => {
  const connection = await welcomed();
  const sent = socket.ask({ cmd: "send" });
  connection.answer({ id: 9 });
  assert.deepEqual(await sent, { id: 9 });

  const refused = socket.ask({ cmd: "send" });
  connection.refuse({ code: 429, name: "too_fast", reason: "", retry: 3 });
  await assert.rejects(refused, { name: "too_fast", retry: 3, isPassing: true });
});

test("without a connection nothing is sent", async () => {
  await assert.rejects(socket.ask({ cmd: "send" }), { name: "disconnected" });
  assert.deepEqual(opened[0].sent, []);
});

test("what was not answered when the connection breaks is not known", async () => {
  const connection = await welcomed();
  const asked = socket.ask({ cmd: "send" });
  connection.break();
  await assert.rejects(asked, { name: "disconnected" });
});

test("it comes back, after longer pauses each time", async () => {
  (await welcomed()).break();
  for (const [number, longest] of [1, 2, 4].entries()) {
    mock.timers.tick(longest * SECOND);
    assert.equal(opened.length, number + 2);
    opened.at(-1).break();
  }
  mock.timers.tick(3 * SECOND);
  assert.equal(opened.length, 4);
});

test("a welcome makes the pauses short again", async () => {
  for (let number = 0; number < 5; number += 1) {
    opened.at(-1).break();
    mock.timers.tick(30 * SECOND);
  }
  (await welcomed()).break();
  mock.timers.tick(SECOND);
  assert.equal(opened.length, 7);
});

for (const code of [4401, 4403, 4409]) {
  test(`after ${code} it does not come back`, async () => {
    (await welcomed()).break(code);
    mock.timers.tick(100 * SECOND);
    socket.comeBack();
    assert.equal(opened.length, 1);
    assert.equal(states.at(-1), `ended ${code}`);
  });
}

test("why it has ended is what the server said last", async () => {
  const connection = await welcomed();
  const failing = socket.ask({ cmd: "send" });
  connection.refuse({ code: 404, name: "not_found", reason: "no such user" });
  await assert.rejects(failing);
  connection.say({ re: null, error: { code: 403, name: "banned", reason: "threats" } });
  connection.break(4403);
  assert.equal(states.at(-1), "ended 4403 threats");
});

test("so is why nobody was let in", async () => {
  const connection = opened.at(-1);
  connection.onopen();
  connection.refuse({ code: 403, name: "banned", reason: "threats" });
  await settled();
  connection.break(4403);
  assert.equal(states.at(-1), "ended 4403 threats");
});

test("a connection on which nothing comes is given up", async () => {
  const connection = await welcomed();
  mock.timers.tick(74 * SECOND);
  connection.say({ ev: "heartbeat" });
  mock.timers.tick(74 * SECOND);
  assert.ok(!connection.isClosed);
  mock.timers.tick(SECOND);
  assert.ok(connection.isClosed);
  assert.equal(states.at(-1), "away 1006");
});

test("what comes on it after all is not heard twice", async () => {
  const connection = await welcomed();
  mock.timers.tick(75 * SECOND);
  connection.say({ ev: "message", id: 8 });
  assert.deepEqual(told, [7]);
});

test("a command that nothing follows is told of within 3 seconds, and shows that the connection is dead", async () => {
  const connection = await welcomed();
  const asked = socket.ask({ cmd: "send" });
  pass(1);
  assert.equal(connection.last.cmd, "ping");
  assert.equal(states.at(-1), "open");
  pass(2);
  assert.equal(states.at(-1), "silent");
  pass(3);
  await assert.rejects(asked, { name: "disconnected" });
  assert.ok(connection.isClosed);
  assert.equal(states.at(-1), "away 1006");
  pass(1);
  assert.equal(opened.length, 2);
});

test("a server that is busy with a command is not taken for dead, and asked less and less often", async () => {
  const connection = await welcomed();
  const asked = socket.ask({ cmd: "send" });
  const { id } = connection.last;
  for (let second = 0; second < 40; second += 1) {
    pass(1);
    if (connection.last.cmd === "ping") connection.answer();
    await settled();
  }
  assert.ok(!states.includes("silent"));
  assert.ok(connection.sent.filter(({ cmd }) => cmd === "ping").length < 12);
  connection.say({ re: id, ok: { id: 9 } });
  assert.deepEqual(await asked, { id: 9 });
});

test("what comes after all ends the silence", async () => {
  const connection = await welcomed();
  const asked = socket.ask({ cmd: "send" });
  const { id } = connection.last;
  pass(3);
  connection.say({ re: id, ok: { id: 9 } });
  assert.deepEqual(await asked, { id: 9 });
  assert.deepEqual(states.slice(-2), ["silent", "open"]);
});

test("a link on which hello took long is given longer", async (context) => {
  let now = 0;
  context.mock.method(performance, "now", () => now);
  const connection = opened.at(-1);
  connection.onopen();
  now = 3000;
  connection.answer(WELCOME);
  await settled();
  socket.comeBack();
  pass(11);
  assert.ok(!connection.isClosed);
  pass(1);
  assert.ok(connection.isClosed);
});

test("who wants it back sees within seconds whether it is alive, and need not wait once it is silent", async () => {
  const connection = await welcomed();
  socket.comeBack();
  assert.equal(connection.last.cmd, "ping");
  pass(2);
  assert.equal(states.at(-1), "silent");
  socket.comeBack();
  assert.ok(connection.isClosed);
  assert.equal(opened.length, 2);
});

test("who uses the page sees whether it is alive, unless something came just now", async (context) => {
  let now = 0;
  context.mock.method(performance, "now", () => now);
  const connection = await welcomed();
  now = 4000;
  socket.look(true);
  assert.equal(connection.last.cmd, "hello");
  now = 6000;
  socket.look(false);
  socket.look(true);
  assert.equal(connection.sent.filter(({ cmd }) => cmd === "ping").length, 1);
  pass(14);
  assert.equal(states.at(-1), "silent");
  pass(1);
  assert.ok(connection.isClosed);
});

test("a server that is too busy for hello is asked again", async () => {
  opened[0].onopen();
  opened[0].refuse({ code: 503, name: "try_again", reason: "", retry: 4 });
  await settled();
  assert.ok(opened[0].isClosed);
  mock.timers.tick(3 * SECOND);
  assert.equal(opened.length, 1);
  mock.timers.tick(SECOND);
  assert.equal(opened.length, 2);
});

test("a name that the server does not take ends it", async () => {
  opened[0].onopen();
  opened[0].refuse({ code: 400, name: "invalid", reason: "not a userid" });
  await settled();
  mock.timers.tick(100 * SECOND);
  assert.equal(opened.length, 1);
  assert.equal(states.at(-1), "ended 4401 not a userid");
});

test("the server says how long to stay away", async () => {
  const connection = await welcomed();
  connection.say({ re: null, error: { code: 429, name: "too_fast", reason: "", retry: 20 } });
  connection.break(4429);
  mock.timers.tick(19 * SECOND);
  assert.equal(opened.length, 1);
  mock.timers.tick(SECOND);
  assert.equal(opened.length, 2);
});

test("a refused command says nothing of that", async () => {
  const connection = await welcomed();
  const asked = socket.ask({ cmd: "send" });
  connection.refuse({ code: 429, name: "too_fast", reason: "", retry: 20 });
  await assert.rejects(asked);
  connection.break();
  mock.timers.tick(SECOND);
  assert.equal(opened.length, 2);
});

test("a frame that would end the connection is not sent", async () => {
  const connection = await welcomed();
  await assert.rejects(socket.ask({ cmd: "send", content: "界".repeat(400) }), { name: "too_long", isPassing: false });
  assert.equal(connection.last.cmd, "hello");
});

test("who has stopped it stays away", async () => {
  const connection = await welcomed();
  socket.stop();
  connection.break(1000);
  mock.timers.tick(100 * SECOND);
  assert.equal(opened.length, 1);
});
