// A bot that answers: node example.mjs https://chat.example.com echo
// Node.js 20 and 21 need --experimental-websocket. Where people need tokens, IM66_TOKEN has the bot's.

import { Client } from "im66-client";

const [url, userid] = process.argv.slice(2);
const client = new Client({ url, userid, token: process.env.IM66_TOKEN });

client.on("message", async ({ conversation, content, kind }) => {
  if (kind === "text") await client.send(conversation, `You wrote: ${content}`);
});
client.on("state", ({ state }) => console.log(state));
client.start();
