// What somebody who writes TypeScript relies on. It is compiled, not run.

import { Client, Failure } from "im66-client";

const client = new Client({ url: "https://chat.example.com", token: async () => "token" });
client.on("message", ({ id, from, content }) => {
  const told: [number, string, string] = [id, from, content];
  return told;
});
client.on("reaction", ({ target, emoji }) => [target + 1, emoji.length]);
client.on("state", ({ state, seconds }) => (state === "away" ? seconds + 1 : 0));
// @ts-expect-error: there is no such event
client.on("massage", () => {});
// @ts-expect-error: a reaction has no content
client.on("reaction", ({ content }) => content);
const accepted: Promise<{ id: number; time: number }> = client.send("u:bob", "hello", { reply: 7 });
accepted.catch((error: unknown) => error instanceof Failure && error.retry > 0);

const changed: Promise<number> = client.ask("react", { target: 7, emoji: "👍" }).then(({ id }) => id);
client.ask("ping");
// @ts-expect-error: a reaction needs an emoji
client.ask("react", { target: 7 });
// @ts-expect-error: there is no such command
client.ask("reakt", { target: 7, emoji: "👍" });

const path = { group: 7 };
const renamed: Promise<string> = client.call("PATCH", "groups/{group}", { path, body: { name: "Friends" } }).then(({ name }) => name);
client.call("GET", "conversations").then(({ items }) => items.map(({ unread }) => unread + 1));
client.call("GET", "conversations", { query: { folder: "archived", limit: 20 } });
const nothing: Promise<undefined> = client.call("PUT", "blocks/{userid}", { path: { userid: "bob" } });
// @ts-expect-error: there is no such call
client.call("GET", "group/{group}", { path });
// @ts-expect-error: the path has a brace
client.call("GET", "groups/{group}");
// @ts-expect-error: another name in the path
client.call("GET", "groups/{group}", { path: { groupid: 7 } });
// @ts-expect-error: there is no such folder
client.call("GET", "conversations", { query: { folder: "trash" } });
// @ts-expect-error: a name is a text
client.call("PATCH", "groups/{group}", { path, body: { name: 7 } });
// @ts-expect-error: a conversation has no price
client.call("GET", "conversations").then(({ items }) => items.map(({ price }) => price));
export async function members() {
  const names: string[] = [];
  for await (const { userid } of client.items("groups/{group}/members", { path })) names.push(userid);
  // @ts-expect-error: this is no list
  for await (const one of client.items("groups/{group}", { path })) names.push(one);
  return [names, await changed, await renamed, await nothing];
}
