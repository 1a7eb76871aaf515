// static/im66/chat/state/reporting.js: what the moderators are told.
import "./page.js";

import assert from "node:assert/strict";
import test from "node:test";

const { report } = await import("../../static/im66/chat/state/reporting.js");

/** What the server is sent, and what it answers. */
function answering(status, said = "") {
  const asked = [];
  globalThis.fetch = async (url, request) => {
    asked.push({ url, method: request.method, body: JSON.parse(request.body) });
    return { status, headers: new Headers(), text: async () => said };
  };
  return asked;
}

test("a message is reported with its category and the note", async () => {
  const asked = answering(204);
  await report({ message: 7 }, "spam", " again and again \n");

  assert.deepEqual(asked, [
    { url: "/api/v1/reports", method: "POST", body: { message: 7, category: "spam", note: "again and again" } },
  ]);
});

test("a person and a group", async () => {
  const asked = answering(204);
  await report({ user: "bob" }, "abuse", "");
  await report({ group: "10" }, "other", "");

  assert.deepEqual(asked.map(({ body }) => body), [
    { user: "bob", category: "abuse", note: "" },
    { group: "10", category: "other", note: "" },
  ]);
});

test("what the server refuses is said", async () => {
  answering(429, JSON.stringify({ error: { code: 429, name: "too_fast", reason: "too many reports" } }));

  await assert.rejects(report({ user: "bob" }, "spam", ""), { name: "too_fast" });
});
