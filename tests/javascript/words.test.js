// static/im66/chat: what the page says is said in Chinese too, and the dictionary has nothing else.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { zhHant } from "../../static/im66/chat/text/zh-hant.js";
import { zh } from "../../static/im66/chat/text/zh.js";

const ROOT = new URL("../../static/im66/chat/", import.meta.url);
const SERVER = ["uploads", "accounts", "log", "chat", "groups"].map((app) => new URL(`../../${app}/`, import.meta.url));
const TEXT = /"(?:[^"\\\n]|\\.)*"/g;
const SAID = new RegExp(String.raw`\bt\(\s*(${TEXT.source})`, "g");
// The first of both is for English only.
const COUNTED = new RegExp(String.raw`\bcounted\([^"]*?${TEXT.source},\s*(${TEXT.source})`, "g");

const files = (root, suffix) =>
  readdirSync(root, { recursive: true })
    .filter((name) => name.endsWith(suffix))
    .map((name) => readFileSync(new URL(name, root), "utf8"));

const scripts = readdirSync(ROOT, { recursive: true })
  .filter((name) => name.endsWith(".js") && !name.startsWith("text/zh"))
  .map((name) => readFileSync(new URL(name, ROOT), "utf8"))
  .join("\n");
const found = (pattern) => [...scripts.matchAll(pattern)].map(([, text]) => JSON.parse(text));
const names = (text) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

test("each text has a Chinese one", () => {
  const said = new Set([...found(SAID), ...found(COUNTED)]);
  assert.ok(said.size > 100);
  assert.deepEqual([...said].filter((text) => !Object.hasOwn(zh, text)), []);
});

test("no Chinese text is for something that nothing says", () => {
  const written = new Set([...scripts.matchAll(TEXT)].map(([text]) => JSON.parse(text)));
  const server = SERVER.flatMap((root) => files(root, ".py")).join("\n");
  const unused = Object.keys(zh).filter((text) => !written.has(text) && !server.includes(text));
  assert.deepEqual(unused, []);
});

test("both name the same values", () => {
  for (const [text, chinese] of Object.entries(zh)) assert.deepEqual(names(chinese), names(text), text);
});

test("Chinese sentences end as such", () => {
  for (const [text, chinese] of Object.entries(zh)) {
    if (/[.!?]$/.test(text)) assert.doesNotMatch(chinese, /[.,!?]$/, chinese);
  }
});

test("each text has a Traditional Chinese one, with the same values", () => {
  for (const [text, chinese] of Object.entries(zh)) assert.deepEqual(names(zhHant[text] ?? ""), names(chinese), text);
});
