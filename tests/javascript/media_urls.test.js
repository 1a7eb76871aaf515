import assert from "node:assert/strict";
import { test } from "node:test";

import { avatarAs, fileAt, fitted, posterOf, renewedIn, secondsIn, shownAs, sizeIn } from "../../static/im66/chat/text/media_urls.js";

const HASH = "0123456789abcdef0123456789abcdef";
const HERE = "https://chat.example";

test("a file of this server is loaded from this page's own host", () => {
  assert.equal(fileAt(`http://10.0.0.1:8080/media/${HASH}.jpg`, HERE), `${HERE}/media/${HASH}.jpg`);
});

test("a path alone is a file of this server", () => {
  assert.equal(fileAt(`/media/${HASH}-640x360.mp4`, HERE), `${HERE}/media/${HASH}-640x360.mp4`);
});

test("a file on the host where media are kept is loaded from there", () => {
  const url = `https://media.example/media/${HASH}.jpg`;
  assert.equal(fileAt(url, HERE, "https://media.example/media"), url);
});

test("nothing else is loaded", () => {
  for (const content of [
    "hello",
    "",
    "javascript:alert(1)",
    `//evil.example/other/${HASH}.jpg`,
    `https://evil.example/${HASH}.jpg`,
    `/media/${HASH}.svg`,
    "/media/short.jpg",
  ])
    assert.equal(fileAt(content, HERE), null, content);
});

test("another host's name never is", () => {
  assert.equal(fileAt(`//evil.example/media/${HASH}.jpg`, HERE), `${HERE}/media/${HASH}.jpg`);
});

test("a URL says how large a picture is, and how long a voice message", () => {
  assert.deepEqual(sizeIn(`/media/${HASH}-640x360.jpg`), { width: 640, height: 360 });
  assert.equal(secondsIn(`/media/${HASH}-3.mp3`), 3);
  assert.equal(sizeIn(`/media/${HASH}.jpg`), null);
});

test("a video has its poster beside it", () => {
  assert.equal(posterOf(`/media/${HASH}-640x360.mp4`), `/media/${HASH}-640x360.jpg`);
});

test("an address that expires is used as it is, and asked for anew in time", () => {
  const at = (/** @type {string} */ name) => `${HERE}/files/${HASH}-${name}?e=1000&s=${HASH}`;
  const url = fileAt(at("4000x3000.png").replace(HERE, ""), HERE, "https://media.example/media") ?? "";
  assert.equal(url, at("4000x3000.png"));
  assert.deepEqual(shownAs(url), [at("2048x1536.jpg"), url]);
  assert.equal(posterOf(at("640x360.mp4")), at("640x360.jpg"));
  assert.equal(secondsIn(at("3.mp3")), 3);
  assert.ok(renewedIn(url, 900) >= 80 && renewedIn(url, 900) < 100);
  assert.equal(renewedIn(url, 1001), 0);
  assert.equal(renewedIn(`${HERE}/media/${HASH}-3.mp3`, 1001), Infinity);
});

test("what fits a box keeps its shape", () => {
  assert.deepEqual(fitted({ width: 800, height: 400 }, { width: 320, height: 320 }), { width: 320, height: 160 });
  assert.deepEqual(fitted({ width: 20, height: 10 }, { width: 320, height: 320 }), { width: 20, height: 10 });
});

test("a large picture is shown as a smaller one, and never as one that no phone can hold", () => {
  const at = (/** @type {string} */ size) => `${HERE}/media/${HASH}-${size}`;
  assert.deepEqual(shownAs(at("2048x2048.png")), [at("2048x2048.png")]);
  assert.deepEqual(shownAs(at("4000x3000.png")), [at("2048x1536.jpg"), at("4000x3000.png")]);
  assert.deepEqual(shownAs(at("12000x12000.webp")), [at("2048x2048.jpg")]);
  assert.deepEqual(shownAs(at("30000x200.gif")), [at("2048x14.jpg"), at("30000x200.gif")]);
  // What is long can be read. An earlier version has stored it with another size.
  assert.deepEqual(shownAs(at("1500x4501.png")), [at("1182x3548.jpg"), at("1500x4501.png")]);
  assert.deepEqual(shownAs(at("1080x12000.png")), [at("614x6827.jpg"), at("1080x12000.png")]);
  assert.deepEqual(shownAs(at("200x32767.gif")), [at("100x16384.jpg"), at("200x32767.gif")]);
  assert.deepEqual(shownAs(at("3000x20000.png")), [at("793x5288.jpg"), at("307x2048.jpg")]);
  assert.deepEqual(shownAs(`${HERE}/media/${HASH}.jpg`), [`${HERE}/media/${HASH}.jpg`]);
});

test("an avatar is shown as its thumbnail, or if there is none as it is", () => {
  const avatar = `${HERE}/media/${HASH}-400x400.png`;
  assert.deepEqual(avatarAs(avatar), [`${HERE}/media/${HASH}.jpg`, avatar]);
  assert.deepEqual(avatarAs(`${HERE}/static/im66/avatar.png`), [`${HERE}/static/im66/avatar.png`]);
  assert.deepEqual(avatarAs(""), [""]);
});
