// Where a place is on a map of tiles, as most map services cut them (Web Mercator). Pure.

const TILE = 256;
const ZOOM = 15;
// Further to the north and the south there are no tiles.
const MAX_LATITUDE = 85.05;

/** @typedef {{ latitude: number, longitude: number }} Point */

/** What a message says; null if it says no place. @param {string} content @returns {Point | null} */
export function pointOf(content) {
  const match = /^(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)$/.exec(content);
  const [latitude, longitude] = [Number(match?.[1]), Number(match?.[2])];
  return match && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

/** With about a metre of precision. @param {Point} point */
export const contentOf = ({ latitude, longitude }) => `${decimal(latitude)},${decimal(longitude)}`;

/** @param {number} degrees */
const decimal = (degrees) => String(Number(degrees.toFixed(5)));

/** The page of a map service, by the operator's pattern. @param {string} pattern @param {Point} point */
export const mapAt = (pattern, { latitude, longitude }) =>
  pattern.replaceAll("{lat}", String(latitude)).replaceAll("{lon}", String(longitude));

/**
 * The tiles of a picture with the place in its middle, and where each goes in it.
 *
 * @param {string} pattern
 * @param {Point} point
 * @param {{ width: number, height: number }} size
 * @returns {{ url: string, left: number, top: number }[]}
 */
export function tilesAround(pattern, { latitude, longitude }, { width, height }) {
  const count = 2 ** ZOOM;
  const angle = (Math.min(Math.max(latitude, -MAX_LATITUDE), MAX_LATITUDE) * Math.PI) / 180;
  const x = ((longitude + 180) / 360) * count * TILE;
  const y = ((1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2) * count * TILE;
  const tiles = [];
  for (let row = tileOf(y - height / 2); row <= tileOf(y + height / 2); row++) {
    if (row < 0 || row >= count) continue;
    for (let column = tileOf(x - width / 2); column <= tileOf(x + width / 2); column++) {
      const url = urlOf(pattern, (column + count) % count, row);
      tiles.push({ url, left: Math.round(column * TILE - x + width / 2), top: Math.round(row * TILE - y + height / 2) });
    }
  }
  return tiles;
}

/** @param {number} pixel */
const tileOf = (pixel) => Math.floor(pixel / TILE);

/** @param {string} pattern @param {number} x @param {number} y */
const urlOf = (pattern, x, y) =>
  pattern.replaceAll("{z}", String(ZOOM)).replaceAll("{x}", String(x)).replaceAll("{y}", String(y));
