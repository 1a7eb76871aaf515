// static/im66/chat/text/cropping.js: which square of a picture is used.
import assert from "node:assert/strict";
import test from "node:test";

import { MOST_ZOOM, moved, pixelsOf, squareOf, uncropped, zoomed } from "../../static/im66/chat/text/cropping.js";

const WIDE = { width: 400, height: 200 };

test("at first it is the largest square in the middle", () => {
  assert.deepEqual(squareOf(WIDE, uncropped(WIDE)), { left: 100, top: 0, side: 200 });
});

test("zooming keeps the middle", () => {
  assert.deepEqual(squareOf(WIDE, zoomed(WIDE, uncropped(WIDE), 2)), { left: 150, top: 50, side: 100 });
});

test("moving to the right shows what is further left", () => {
  assert.deepEqual(squareOf(WIDE, moved(WIDE, uncropped(WIDE), 0.25, 0)), { left: 50, top: 0, side: 200 });
});

test("the square never leaves the picture", () => {
  const corner = moved(WIDE, zoomed(WIDE, uncropped(WIDE), 4), -99, -99);
  assert.deepEqual(squareOf(WIDE, corner), { left: 350, top: 150, side: 50 });
  assert.deepEqual(squareOf(WIDE, zoomed(WIDE, corner, 1)), { left: 200, top: 0, side: 200 });
  assert.equal(zoomed(WIDE, uncropped(WIDE), 0.1).zoom, 1);
  assert.equal(zoomed(WIDE, uncropped(WIDE), 99).zoom, MOST_ZOOM);
});

test("no more pixels are kept than are shown, and none are made up", () => {
  assert.equal(pixelsOf({ width: 4000, height: 3000 }, { x: 2000, y: 1500, zoom: 1 }), 512);
  assert.equal(pixelsOf(WIDE, zoomed(WIDE, uncropped(WIDE), 2)), 100);
  assert.equal(pixelsOf({ width: 1, height: 1 }, { x: 0.5, y: 0.5, zoom: 8 }), 1);
});
