// static/im66/chat/text/emoji_names.js: emoji are found by words of both languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { NAMED, emojiFor, emojiName } from "../../static/im66/chat/text/emoji_names.js";

test("the beginning of a word finds them, and any part of a Chinese one", () => {
  assert.deepEqual(emojiFor(" Coff "), ["☕"]);
  assert.deepEqual(emojiFor("奶茶"), ["🧋"]);
  assert.deepEqual(emojiFor("茶"), ["🍵", "🧋"]);
  assert.ok(emojiFor("笑").includes("😂"));
  assert.deepEqual(emojiFor("開心"), emojiFor("开心"));
  assert.deepEqual(emojiFor("貓"), ["🐱", "🐼"]);
  assert.deepEqual(emojiName("🐱"), { en: "cat", zh: "猫", hant: "貓" });
  assert.deepEqual(emojiName("😍", "愛"), { en: "love", zh: "爱心眼", hant: "愛心眼" });
  assert.deepEqual(emojiFor("offee"), []);
  assert.deepEqual(emojiFor(" "), []);
});

test("each emoji of the picker has words, and no other", () => {
  const picker = readFileSync(new URL("../../static/im66/chat/ui/composer/picker.js", import.meta.url), "utf8");
  const shown = [...picker.matchAll(/split\("([^"]+)"\)/g)].flatMap(([, all]) => all.split(" ")).filter(Boolean);
  assert.deepEqual(NAMED, shown);
});
