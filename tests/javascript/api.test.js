// static/im66/chat/wire/api.js: what the server answers, and what others answer in its place.
import "./page.js";

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { call, read } from "../../static/im66/chat/wire/api.js";
import { begin, endBeginning } from "../../static/im66/chat/wire/first_requests.js";
import { settled } from "./page.js";

let asked;

beforeEach(() => {
  asked = [];
  globalThis.fetch = (url, { body } = {}) =>
    new Promise((resolve, reject) => {
      const answer = (said) => resolve({ status: 200, text: async () => JSON.stringify(said), headers: new Headers() });
      asked.push({ url, body, answer, fail: () => reject(new TypeError()) });
    });
});

const LIST = "/api/v1/conversations";

test("what was asked for at the beginning is not asked for again, once", async () => {
  begin(LIST, {});
  const first = call("GET", "conversations");
  asked[0].answer({ items: [1] });
  assert.deepEqual(await first, { items: [1] });

  const second = call("GET", "conversations");
  asked[1].answer({ items: [2] });
  assert.deepEqual(await second, { items: [2] });
  assert.deepEqual(asked.map(({ url }) => url), [LIST, LIST]);
});

test("if the beginning fails, the call does", async () => {
  begin(LIST, {});
  asked[0].fail();
  await settled();
  await assert.rejects(call("GET", "conversations"), { name: "disconnected" });
});

test("what was asked for at the beginning is asked for again if nothing is answered in time", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  begin(LIST, {});
  const call_ = call("GET", "conversations");
  mock.timers.tick(15_000);
  await settled();
  asked[1].answer({ items: [2] });
  assert.deepEqual(await call_, { items: [2] });
  mock.timers.reset();
});

test("a change takes nothing of the beginning", async () => {
  begin(LIST, {});
  const change = call("POST", "conversations");
  assert.equal(asked.length, 2);
  asked[1].answer({});
  await change;
  asked[0].answer({ items: [1] });
  assert.deepEqual(await call("GET", "conversations"), { items: [1] });
});

test("the beginning is over once the page asks by itself", () => {
  endBeginning();
  begin(LIST, {});
  assert.deepEqual(asked, []);
});

test("a change waits for those of its path before it, and for no others", async () => {
  const first = call("PATCH", "me/privacy", { body: { write: "nobody" } });
  const second = call("PATCH", "me/privacy", { body: { write: "contacts" } });
  const other = call("PUT", "blocks/bob");
  assert.deepEqual(asked.map(({ url }) => url), ["/api/v1/me/privacy", "/api/v1/blocks/bob"]);

  asked[1].answer({});
  await other;
  asked[0].fail();
  await assert.rejects(first, { name: "disconnected" });
  await settled();
  assert.equal(asked[2].body, '{"write":"contacts"}');
  asked[2].answer({ write: "contacts" });
  assert.deepEqual(await second, { write: "contacts" });
});

test("an answer is read as it is", () => assert.deepEqual(read(200, '{"items": []}'), { items: [] }));

test("a refusal is told by its name", () => {
  const said = '{"error": {"code": 429, "name": "too_fast", "reason": ""}}';
  assert.throws(() => read(429, said, "3"), { name: "too_fast", retry: 3 });
});

for (const status of [200, 502]) {
  test(`a page in place of an answer may be passing: ${status}`, () => {
    assert.throws(() => read(status, "<html>Log in to this network"), { name: "try_again", isPassing: true });
  });
}
