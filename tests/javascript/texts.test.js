// static/im66/chat/text: which texts are shown large, and which not whole; and the shapes of sounds.
import assert from "node:assert/strict";
import test from "node:test";

import { isFewEmoji } from "../../static/im66/chat/text/emoji.js";
import { beginning } from "../../static/im66/chat/text/folding.js";
import { BARS, FLAT, peaksOf } from "../../static/im66/chat/text/waveform.js";

for (const text of ["👍", "❤️", "👨‍👩‍👧‍👦 👋🏽", "🇨🇳🇬🇧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "☀️\n☁️"]) {
  test(`a few emoji: ${text}`, () => assert.equal(isFewEmoji(text), true));
}

for (const text of ["", " ", "1", "12#*", "hi 👍", "👍".repeat(7), "你好", "👍 1"]) {
  test(`no few emoji: ${text}`, () => assert.equal(isFewEmoji(text), false));
}

test("of a long text only the beginning is shown", () => {
  assert.equal(beginning("short"), null);
  assert.equal(beginning("x".repeat(5000))?.length, 1500);
  assert.equal(beginning("line\n".repeat(100))?.split("\n").length, 25);
});

test("a text that is only a little too long is shown whole", () => {
  assert.equal(beginning("x".repeat(1800)), null);
});

test("a character is never cut in two", () => {
  const start = beginning("x" + "😀".repeat(2000)) ?? "";

  assert.equal(start.isWellFormed(), true);
});

test("silence is as flat as a sound of which nothing is known", () => {
  assert.deepEqual(peaksOf(new Float32Array(3200)), FLAT);
  assert.deepEqual(peaksOf(new Float32Array(0)), FLAT);
});

test("however long a sound is, a few samples of each part are looked at", () => {
  let looked = 0;
  const sound = { length: 30_000_000, subarray: (from, to) => new Proxy({ length: to - from }, { get: (of, name) => (name === "length" ? of.length : (looked++, 0.5)) }) };
  peaksOf(sound);
  assert.ok(looked > BARS && looked <= BARS * 4096, `${looked}`);
});

test("the loudest part of a sound is the highest bar", () => {
  const sound = new Float32Array(3200);
  sound[1605] = -0.5;
  const bars = peaksOf(sound);

  assert.equal(bars.length, BARS);
  assert.equal(bars.indexOf(Math.max(...bars)), 16);
  assert.equal(Math.max(...bars), 1);
});
