// static/im66/chat/wire/message_search.js: a search that the server stops on its way goes on.
import "./page.js";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { searchMessages } from "../../static/im66/chat/wire/message_search.js";

let asked;

/** The server's answers, one after the other. */
function answers(...said) {
  globalThis.fetch = async (url) => {
    asked.push(new URL(url, "http://im66.test").searchParams.get("before"));
    return { status: 200, text: async () => JSON.stringify(said[asked.length - 1]), headers: new Headers() };
  };
}

beforeEach(() => (asked = []));

test("hits are given with where to go on", async () => {
  answers({ items: [{ id: 9 }, { id: 7 }], more: true, before: 7 });
  assert.deepEqual(await searchMessages({ q: "hello" }), { items: [{ id: 9 }, { id: 7 }], before: 7 });
  assert.deepEqual(asked, [null]);
});

test("it goes on where the server has stopped, until something is found", async () => {
  answers({ items: [], more: true, before: 80 }, { items: [], more: true, before: 60 }, { items: [{ id: 50 }], more: true, before: 40 });
  assert.deepEqual(await searchMessages({ q: "hello" }), { items: [{ id: 50 }], before: 40 });
  assert.deepEqual(asked, [null, "80", "60"]);
});

test("it begins where a search before has stopped", async () => {
  answers({ items: [], more: false });
  assert.deepEqual(await searchMessages({ q: "hello" }, 40), { items: [], before: null });
  assert.deepEqual(asked, ["40"]);
});

test("it does not go on for ever, and says from where to", async () => {
  answers(...Array.from({ length: 50 }, (_, at) => ({ items: [], more: true, before: 100 - at })));
  assert.deepEqual(await searchMessages({ q: "hello" }), { items: [], before: 91 });
  assert.equal(asked.length, 10);
});

test("of an older server it asks for what is before the last message", async () => {
  answers({ items: [{ id: 9 }, { id: 7 }], more: true });
  assert.deepEqual(await searchMessages({ q: "hello" }), { items: [{ id: 9 }, { id: 7 }], before: 7 });
});
