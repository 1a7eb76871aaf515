// Alice writes, Bob hears, while the server is killed and started again. Says on standard output what to do next, and at
// the end what came.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { Client, Failure } from "im66-client";

const [url] = process.argv.slice(2);
const COUNT = 12;
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = async (word) => {
  console.log(word);
  await orders.next();
};

const heard = [];
const bob = new Client({ url, userid: "bob", device: "laptop" });
const isWelcome = new Promise((resolve) => bob.on("welcome", resolve));
bob.on("message", ({ kind, content }) => kind === "text" && heard.push(content));
bob.start();
const alice = new Client({ url, userid: "alice" }).start();
const welcome = await isWelcome;
assert.equal(welcome.user.userid, "bob");

const sent = [];
const send = (from, to) => {
  for (let number = from; number < to; number += 1) sent.push(alice.send("u:bob", `${number}`));
};
send(0, 4);
await Promise.all(sent);
await tell("kill");
send(4, 8);
await tell("start");
await Promise.all(sent);
send(8, COUNT);
const ids = (await Promise.all(sent)).map(({ id }) => id);
while (heard.length < COUNT) await new Promise((resolve) => setTimeout(resolve, 20));

const picture = Buffer.from(process.env.PICTURE, "base64");
const stored = await alice.upload(new Blob([picture]), { name: "picture.png" });
await alice.send("u:bob", stored.url, { kind: stored.kind });
const { items } = await bob.call("GET", "conversations/{conversation}/messages", {
  path: { conversation: "u:alice" },
  query: { limit: 50 },
});
await bob.read("u:alice", items.at(-1).id);
await assert.rejects(bob.call("GET", "groups/{group}", { path: { group: 1 } }), (error) => error instanceof Failure && error.name === "not_found");
const { items: list } = await bob.call("GET", "conversations");
await assert.rejects(alice.send("g:999999", "hello"), (error) => error instanceof Failure);

alice.stop();
bob.stop();
const kinds = items.map(({ kind }) => kind);
console.log(JSON.stringify({ heard, ids, kinds, unread: list[0].unread, pending: alice.pending.length }));
process.exit(0);
