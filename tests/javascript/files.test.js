// What a file can be sent as, by what the browser says of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import "./page.js";
import { kindOf } from "../../static/im66/chat/text/files.js";

/** @param {string} name @param {string} [type] */
const kind = (name, type = "") => kindOf({ name, type });

test("pictures, sounds and films can be sent", () => {
  assert.equal(kind("photo.png", "image/png"), "picture");
  assert.equal(kind("song.mp3", "audio/mpeg"), "audio");
  assert.equal(kind("film.mp4", "video/mp4"), "video");
});

test("other files are sent as they are", () => {
  for (const [name, type] of [["notes.pdf", "application/pdf"], ["notes"], ["notes.xyz"]]) assert.equal(kind(name, type), "file");
});

test("where the browser has no type, the name says it", () => {
  assert.equal(kind("voice.AMR"), "audio");
  assert.equal(kind("IMG_1.HEIC"), "picture");
  assert.equal(kind("clip.mov"), "video");
});

test("what the browser says counts more than the name", () => {
  assert.equal(kind("notes.mov", "text/plain"), "file");
});
