// Which square of a picture is used: its middle and how far it is zoomed. Pure.

/**
 * @typedef {{ width: number, height: number }} Size   of the whole picture
 * @typedef {{ x: number, y: number, zoom: number }} Crop   the square's middle, in pixels of the picture; zoom 1: as large as fits
 */

export const MOST_ZOOM = 8;
// A few hundred pixels are as many as are ever shown.
const MOST_PIXELS = 512;

/** @param {Size} size @returns {Crop} */
export const uncropped = ({ width, height }) => ({ x: width / 2, y: height / 2, zoom: 1 });

/** The square's side in pixels of the picture. @param {Size} size @param {Crop} crop */
export const sideOf = ({ width, height }, { zoom }) => Math.min(width, height) / zoom;

/** The square, in pixels of the picture. @param {Size} size @param {Crop} crop */
export function squareOf(size, crop) {
  const side = sideOf(size, crop);
  return { left: crop.x - side / 2, top: crop.y - side / 2, side };
}

/** How many pixels wide the square is kept. @param {Size} size @param {Crop} crop */
export const pixelsOf = (size, crop) => Math.max(1, Math.min(MOST_PIXELS, Math.round(sideOf(size, crop))));

/**
 * Move the picture under the square.
 *
 * @param {Size} size
 * @param {Crop} crop
 * @param {number} right   in sides of the square
 * @param {number} down
 */
export function moved(size, crop, right, down) {
  const side = sideOf(size, crop);
  return inside(size, { ...crop, x: crop.x - right * side, y: crop.y - down * side });
}

/** @param {Size} size @param {Crop} crop @param {number} zoom */
export const zoomed = (size, crop, zoom) => inside(size, { ...crop, zoom: between(1, zoom, MOST_ZOOM) });

/** The square stays in the picture. @param {Size} size @param {Crop} crop @returns {Crop} */
function inside(size, crop) {
  const half = sideOf(size, crop) / 2;
  return {
    ...crop,
    x: between(half, crop.x, size.width - half),
    y: between(half, crop.y, size.height - half),
  };
}

/** @param {number} least @param {number} value @param {number} most */
const between = (least, value, most) => Math.min(Math.max(value, least), most);
