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
