// static/im66/chat/wire/host.js and proving.js: the page in a frame obeys the site that has it there, and nobody else.
import { page, settled } from "./page.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const SHOP = "https://app.example.com";
const token = (/** @type {string} */ sub, n = 0) => `e30.${btoa(JSON.stringify({ sub, n }))}.x`;
const config = { mode: "embed", userid: "alice", token: token("alice"), hosts: [SHOP], host: SHOP, urls: {} };
document.getElementById = () => /** @type {any} */ ({ textContent: JSON.stringify(config) });
const told = [];
const dressed = [];
globalThis.parent = /** @type {any} */ ({ postMessage: (data, origin) => told.push([data, origin]) });
document.documentElement.style = /** @type {any} */ ({ setProperty: (...said) => dressed.push(said) });

const { call } = await import("../../static/im66/chat/wire/api.js");
const { askHost } = await import("../../static/im66/chat/wire/host.js");
let shown = [];

beforeEach(() => {
  page.reloads = 0;
  globalThis.fetch = async (_, { headers }) => {
    shown.push(headers.Authorization);
    return { status: 200, text: async () => "{}", headers: new Headers() };
  };
});

const say = (data, origin = SHOP, source = globalThis.parent) =>
  page.hears.dispatchEvent(Object.assign(new Event("message"), { data, origin, source }));

/** What the next call shows. */
async function speaksBy() {
  shown = [];
  await call("GET", "me");
  return shown[0];
}

test("only the window that has the frame is heard, and only of the site that is listed", async () => {
  const others = ["null", "", "https://app.example.com.evil.example", "http://app.example.com", `${SHOP}:8443`, "*"];
  const said = { im66: "token", token: token("alice", 1) };
  for (const origin of others) say(said, origin);
  for (const source of [null, globalThis, {}]) say(said, SHOP, source);
  assert.equal(await speaksBy(), `Bearer ${token("alice")}`);
  say(said);
  assert.equal(await speaksBy(), `Bearer ${token("alice", 1)}`);
});

test("for somebody else the page begins anew, and until then speaks for the same person", async () => {
  const before = await speaksBy();
  say({ im66: "token", token: token("bob") });
  assert.equal(await speaksBy(), before);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await settled();
  assert.equal(page.reloads, 1);
});

test("a site sets variables of the page's colours, and nothing else", () => {
  for (const data of [null, "token", 7, { im66: "theme" }, { im66: "theme", variables: "--line:red" }]) say(data);
  const long = "x".repeat(101);
  say({ im66: "theme", variables: { "--line": "blue", color: "red", "--a;b": "c", "--long": long, "--none": 5 } });
  assert.deepEqual(dressed, [["--line", "blue"]]);
});

test("what the frame says goes to that site alone", () => {
  askHost("token");
  assert.deepEqual(told.at(-1), [{ im66: "token" }, SHOP]);
  assert.ok(told.every(([, origin]) => origin === SHOP));
});
