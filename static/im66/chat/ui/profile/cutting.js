// Draws a part of a picture.

import { pixelsOf, squareOf } from "../../text/cropping.js";

const QUALITY = 0.9;

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} picture @param {import("../../text/cropping.js").Crop} crop */
export function draw(canvas, picture, crop) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { left, top, side } = squareOf(picture, crop);
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

/**
 * The part as a file. What may be transparent becomes a PNG.
 *
 * @param {ImageBitmap} picture
 * @param {import("../../text/cropping.js").Crop} crop
 * @param {string} type   of the file that the picture came from
 * @returns {Promise<Blob>}
 */
export function cut(picture, crop, type) {
  const pixels = pixelsOf(picture, crop);
  const canvas = Object.assign(document.createElement("canvas"), { width: pixels, height: pixels });
  draw(canvas, picture, crop);
  const outputType = type === "image/jpeg" ? type : "image/png";
  return new Promise((resolve, reject) => {
    const done = (/** @type {Blob | null} */ blob) => (blob ? resolve(blob) : reject(new Error("No picture came of it.")));
    canvas.toBlob(done, outputType, QUALITY);
  });
}
