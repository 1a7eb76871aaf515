// static/im66/chat/text/maps.js: places on a map of tiles.
import assert from "node:assert/strict";
import test from "node:test";

import { contentOf, mapAt, pointOf, tilesAround } from "../../static/im66/chat/text/maps.js";

const SIZE = { width: 256, height: 128 };
const PATTERN = "https://tiles.example/{z}/{x}/{y}.png";

test("a point is read as it is written", () => {
  assert.deepEqual(pointOf(contentOf({ latitude: 31.239703, longitude: -121.4998 })), { latitude: 31.2397, longitude: -121.4998 });
  for (const wrong of ["", "1", "91,0", "0,181", "1,2,3", "a,b", "1e1,2", "1,2\nx"]) assert.equal(pointOf(wrong), null, wrong);
  assert.equal(mapAt("https://m.example/?q={lat},{lon}", { latitude: 1, longitude: 2 }), "https://m.example/?q=1,2");
});

test("the tiles cover the picture, with the place in its middle", () => {
  for (const point of [{ latitude: 0, longitude: 0 }, { latitude: 31.2397, longitude: 121.4998 }, { latitude: -33.9, longitude: 151.2 }]) {
    const tiles = tilesAround(PATTERN, point, SIZE);
    assert.ok(tiles.length >= 1 && tiles.length <= 6);
    const covers = (x, y) => tiles.some(({ left, top }) => x >= left && x < left + 256 && y >= top && y < top + 256);
    for (const [x, y] of [[0, 0], [255, 0], [0, 127], [255, 127], [128, 64]]) assert.ok(covers(x, y), `${x},${y}`);
  }
  // As other software has it.
  const [tile] = tilesAround(PATTERN, { latitude: 31.2397, longitude: 121.4998 }, { width: 1, height: 1 });
  assert.equal(tile.url, "https://tiles.example/15/27443/13388.png");
});

test("at the edges of the world there are no other tiles", () => {
  const east = tilesAround(PATTERN, { latitude: 90, longitude: 180 }, SIZE);
  for (const { url } of east) {
    const [x, y] = url.match(/\d+/g).slice(1).map(Number);
    assert.ok(x >= 0 && x < 2 ** 15 && y >= 0 && y < 2 ** 15, url);
  }
  assert.ok(east.some(({ url }) => url.endsWith("/0/0.png")));
});
