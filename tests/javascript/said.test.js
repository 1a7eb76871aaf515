// static/im66/chat/text: initials, ends of mutes, and the service's messages in one language.
import "./page.js";

import assert from "node:assert/strict";
import test from "node:test";

import { language } from "../../static/im66/chat/state/preferences.js";
import { hueOf, initialOf } from "../../static/im66/chat/text/initials.js";
import { inReadersLanguage } from "../../static/im66/chat/text/service_texts.js";
import { learnTexts } from "../../static/im66/chat/text/words.js";
import { ending } from "../../static/im66/chat/text/times.js";

learnTexts("zh", { "Reason: {reason}": "原因：{reason}" });

const NOW = new Date(2026, 10, 30, 8, 0).getTime();
const at = (...when) => new Date(...when).getTime() / 1000;

for (const [name, initial] of [["alice", "A"], ["  爱丽丝", "爱"], ["“Bob”", "B"], ["7up", "7"], ["😀 Eve", "😀"], ["…", ""], ["", ""]]) {
  test(`the initial of ${name || "nobody"}`, () => assert.equal(initialOf(name), initial));
}

test("a colour is always the same, and the colours differ", () => {
  assert.equal(hueOf("alice"), hueOf("alice"));
  assert.notEqual(hueOf("alice"), hueOf("bob"));
  assert.ok(hueOf("x".repeat(64)) < 360);
  const sectors = new Set([..."0123456789"].map((digit) => Math.floor(hueOf(`p00${digit}`) / 30)));
  assert.ok(sectors.size >= 6, "those who follow each other have colours that are told apart");
});

for (const [time, english, chinese] of [
  [at(2026, 10, 30, 8, 45), "08:45 today", "今天 08:45"],
  [at(2026, 11, 1, 0, 5), "00:05 tomorrow", "明天 00:05"],
  [at(2026, 11, 5, 9, 0), "09:00 on 5 December", "12月5日 09:00"],
  [at(2027, 0, 2, 9, 0), "09:00 on 2 January 2027", "2027年1月2日 09:00"],
]) {
  test(`a mute ends ${english}`, () => {
    assert.equal(ending(time, "en", NOW), english);
    assert.equal(ending(time, "zh", NOW), chinese);
  });
}

for (const [text, english, chinese] of [
  ["You can write again.\n你的禁言已解除。", "You can write again.", "你的禁言已解除。"],
  ["你的群“a”已被解散。\nYour group is dissolved.\n原因 / Reason：spam\nagain", "Your group is dissolved.\nReason: spam\nagain", "你的群“a”已被解散。\n原因：spam\nagain"],
  ["only English\nin two lines", "only English\nin two lines", "only English\nin two lines"],
  ["你好", "你好", "你好"],
]) {
  test(`the service says: ${english}`, async () => {
    language.value = "en";
    assert.equal(inReadersLanguage(text), english);
    language.value = "zh";
    assert.equal(inReadersLanguage(text), chinese);
    language.value = "en";
  });
}
