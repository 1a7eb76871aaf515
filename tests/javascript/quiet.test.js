// static/im66/chat/text/quiet.js: quiet hours, as the server has them.
import assert from "node:assert/strict";
import test from "node:test";

import { isQuietNow } from "../../static/im66/chat/text/quiet.js";

const at = (time) => Date.parse(`2026-12-01T${time}:00Z`);
const quiet = (from, to, zone = "UTC") => ({ from, to, zone });

test("they begin and end with the minute, and may have midnight between them", () => {
  const night = quiet("22:00", "07:00");
  const found = ["21:59", "22:00", "23:59", "00:00", "06:59", "07:00", "12:00"].map((time) => isQuietNow(night, at(time)));
  assert.deepEqual(found, [false, true, true, true, true, false, false]);
  assert.equal(isQuietNow(quiet("12:00", "13:00"), at("12:30")), true);
});

test("they are meant in the person's time zone", () => {
  assert.equal(isQuietNow(quiet("22:00", "07:00", "Asia/Shanghai"), at("14:00")), true);
  assert.equal(isQuietNow(quiet("22:00", "07:00", "Asia/Shanghai"), at("23:00")), false);
  // The server takes UTC for a zone that it does not know, too.
  assert.equal(isQuietNow(quiet("14:00", "15:00", "Mars/Olympus"), at("14:30")), true);
});

test("without them, and where both times are the same, it is never quiet", () => {
  for (const none of [null, undefined, quiet("08:00", "08:00")]) assert.equal(isQuietNow(none, at("08:00")), false);
});
