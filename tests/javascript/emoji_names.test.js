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
  assert.deepEqual(emojiName("😍"), { en: "love heart eyes", zh: "色 喜欢 爱心眼", hant: "色 喜歡 愛心眼" });
  assert.deepEqual(emojiFor("offee"), []);
  assert.deepEqual(emojiFor(" "), []);
});

test("no two are called the same", () => {
  for (const language of ["en", "zh", "hant"]) {
    assert.equal(new Set(NAMED.map((emoji) => emojiName(emoji)[language])).size, NAMED.length, language);
  }
});

test("each emoji of the picker has words, and no other", () => {
  const picker = readFileSync(new URL("../../static/im66/chat/ui/composer/emoji_grid.js", import.meta.url), "utf8");
  const shown = [...picker.matchAll(/split\("([^"]+)"\)/g)].flatMap(([, all]) => all.split(" ")).filter(Boolean);
  assert.deepEqual(NAMED, shown);
});
