// static/im66/client/client.js: the client that other pages and apps use.
import "./page.js";

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Client } from "../../static/im66/client/client.js";
import { settled } from "./page.js";
import { WELCOME, opened } from "./fake_socket.js";

let client;
let told;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  opened.length = 0;
  begin({ url: "https://chat.test/", userid: "alice" });
});

function begin(options) {
  told = [];
  client = new Client(options);
  client.on("message", ({ id }) => told.push(id));
  client.start();
}

async function welcomed(more = {}) {
  const connection = opened.at(-1);
  connection.onopen();
  await settled();
  connection.answer({ ...WELCOME, ...more });
  await settled();
  return connection;
}

async function again(more) {
  opened.at(-1).break();
  mock.timers.tick(60_000);
  return welcomed(more);
}

const message = (id) => ({ ev: "message", id, conversation: "u:bob", from: "bob", kind: "text", content: "hi" });

test("it connects to the server's address, and says who it is", async () => {
  const connection = await welcomed();
  assert.equal(connection.url, "wss://chat.test/entry");
  assert.deepEqual(connection.sent[0], { id: 1, cmd: "hello", userid: "alice" });
});

test("after a break it goes on after the last event, and tells none twice", async () => {
  const connection = await welcomed();
  connection.say(message(8));
  connection.say(message(9));
  const next = await again();
  assert.deepEqual([next.sent[0].since, next.sent[0].log], [9, "log"]);
  next.say(message(9));
  next.say(message(10));
  assert.deepEqual(told, [8, 9, 10]);
});

test("after a gap it goes on where that ends", async () => {
  const connection = await welcomed();
  connection.say({ ev: "gap", from: 7, to: 50 });
  assert.equal((await again()).sent[0].since, 50);
});

test("a connection that breaks before the gap to another log asks for it again", async () => {
  const connection = await welcomed();
  connection.say(message(8));
  await again({ log: "other" });
  const next = await again({ log: "other" });
  assert.deepEqual([next.sent[0].since, next.sent[0].log, client.log], [8, "log", "log"]);
  next.say({ ev: "gap", from: 8, to: 5 });
  assert.deepEqual([client.since, client.log], [5, "other"]);
});

test("messages are sent one after the other, under the same name after a break", async () => {
  const first = client.send("u:bob", "one");
  const second = client.send("u:bob", "two");
  const connection = await welcomed();
  assert.deepEqual(connection.sent.slice(1).map(({ content }) => content), ["one"]);
  const { cid } = connection.last;
  const next = await again();
  assert.deepEqual([next.last.content, next.last.cid], ["one", cid]);
  next.answer({ id: 8, time: 1 });
  await settled();
  assert.deepEqual(await first, { id: 8, time: 1 });
  assert.equal(next.last.content, "two");
  next.refuse({ code: 403, name: "blocked", reason: "you are blocked" });
  await assert.rejects(second, { name: "blocked" });
  assert.deepEqual(client.pending, []);
});

test("a message that comes too fast is sent again when it may be", async () => {
  const connection = await welcomed();
  void client.send("u:bob", "one");
  await settled();
  connection.refuse({ code: 429, name: "too_fast", reason: "", retry: 3 });
  await settled();
  mock.timers.tick(2_000);
  assert.equal(connection.sent.length, 2);
  mock.timers.tick(1_000);
  await settled();
  assert.deepEqual(connection.sent.slice(1).map(({ content }) => content), ["one", "one"]);
});

test("what waits can be kept, and goes first after a restart", async () => {
  void client.send("u:bob", "one");
  const { pending } = client;
  begin({ url: "https://chat.test", userid: "alice", pending });
  const connection = await welcomed();
  assert.equal(connection.last.cid, pending[0].cid);
});

test("no more than a thousand messages wait", async () => {
  for (let count = 0; count < 1000; count += 1) void client.send("u:bob", "hi");
  await assert.rejects(client.send("u:bob", "hi"), { name: "queue_full" });
});

test("a token that is refused is replaced by a new one, once", async () => {
  let count = 0;
  begin({ url: "https://chat.test", token: async () => `token${(count += 1)}` });
  const states = [];
  client.on("state", ({ state }) => states.push(state));
  await welcomed();
  opened.at(-1).break(4401);
  await welcomed();
  assert.equal(opened.at(-1).sent[0].token, "token2");
  const waits = client.send("u:bob", "hi");
  opened.at(-1).break(4401);
  assert.equal(states.at(-1), "ended");
  await assert.rejects(waits, { name: "ended" });
});

test("a named device acknowledges what it has been told", async () => {
  begin({ url: "https://chat.test", userid: "alice", device: "phone" });
  const connection = await welcomed();
  assert.equal(client.since, undefined, "older events may come");
  connection.say(message(3));
  connection.say(message(4));
  mock.timers.tick(2_000);
  assert.deepEqual(connection.last, { id: connection.last.id, cmd: "ack", upto: 4 });
});

test("a listener that fails keeps no other from hearing", async () => {
  client.on("message", () => {
    throw new Error("a mistake");
  });
  client.on("*", ({ ev }) => told.push(ev));
  const connection = await welcomed();
  connection.say(message(8));
  assert.deepEqual(told.slice(-2), [8, "message"]);
  assert.throws(() => mock.timers.tick(1), { message: "a mistake" });
});

test("a list that comes in pages is one", async () => {
  const urls = [];
  const fetch = async (url) => {
    urls.push(url);
    const said = url.includes("after=") ? { items: [3], next: null } : { items: [1, 2], next: "b=" };
    return { status: 200, text: async () => JSON.stringify(said), headers: new Headers() };
  };
  const reader = new Client({ url: "https://chat.test", userid: "alice", fetch });
  const found = [];
  for await (const one of reader.items("contacts", { query: { limit: 2 } })) found.push(one);
  assert.deepEqual(found, [1, 2, 3]);
  assert.deepEqual(urls.map((url) => url.split("/api/v1/")[1]), ["contacts?limit=2", "contacts?limit=2&after=b%3D"]);
});

test("values of a path are encoded", async () => {
  const urls = [];
  const fetch = async (url) => {
    urls.push(url);
    return { status: 204, text: async () => "", headers: new Headers() };
  };
  const blocker = new Client({ url: "https://chat.test", userid: "alice", fetch });
  assert.equal(await blocker.call("PUT", "blocks/{userid}", { path: { userid: "a?b#{c}" } }), undefined);
  assert.deepEqual(urls, ["https://chat.test/api/v1/blocks/a%3Fb%23%7Bc%7D"]);
});

test("a call with a key is repeated with it until it is known to be done", async () => {
  const lost = () => Promise.reject(new TypeError("network"));
  const answer = (status, body) => () => Promise.resolve(new Response(JSON.stringify(body), { status }));
  const running = { error: { name: "conflict", code: 409, reason: "", why: "key_running" } };
  const answers = [lost, answer(409, running), answer(201, { id: "7" }), answer(409, { error: { ...running.error, why: "" } })];
  const keys = [];
  begin({
    url: "https://chat.test/",
    userid: "alice",
    fetch: (_, { headers }) => {
      keys.push(headers["Idempotency-Key"]);
      return answers.shift()();
    },
  });
  const made = client.call("POST", "groups", { body: { name: "x" }, key: "one" });
  for (const seconds of [0.5, 1]) {
    await settled();
    mock.timers.tick(seconds * 1000);
  }
  assert.deepEqual(await made, { id: "7" });
  assert.deepEqual(keys, ["one", "one", "one"]);
  await assert.rejects(client.call("POST", "groups", { body: { name: "x" }, key: "one" }), { name: "conflict" });
  assert.equal(answers.length, 0);
});
