// What the URLs of media tell: docs/media.md. Pure.

// The server makes none that is longer.
const LONGEST = 2048;
const NAME = /\/(?:media|(files))\/[0-9a-f]{32}(?:-(\d+)(?:x(\d+))?)?\.(?:mp3|jpg|png|gif|webp|mp4)(?=\?|$)/;
// An address that expires is asked for anew in the last part of its time, by some pages earlier than by others.
const RENEWED_AFTER = 0.8;
const RENEWED_WITHIN = 0.15;

/**
 * Where to load the file from that a message names; null if that is no file of this server. Apps may reach the server
 * under another name than this page does, so the name is this page's: nothing is ever loaded from another host.
 *
 * @param {string} content
 * @param {string} origin   of the page
 * @param {string} media   where media are, if it is another host; else empty
 */
export function fileAt(content, origin, media = "") {
  if (content.length > LONGEST) return null;
  // One that this page has made of what it keeps. Nobody else can name it.
  if (content.startsWith(`blob:${origin}/`)) return content;
  // Without a host: this server's, whatever it is called.
  const base = content.startsWith("/") ? origin : undefined;
  const url = URL.canParse(content, base) ? new URL(content, base) : null;
  const match = url && /^https?:$/.test(url.protocol) ? NAME.exec(url.pathname) : null;
  if (!url || !match) return null;
  // One that expires: it is of no use without what it says behind the path.
  if (match[1]) return origin + url.pathname + url.search;
  const isElsewhere = media !== "" && url.origin === new URL(media).origin;
  return (isElsewhere ? url.origin : origin) + url.pathname;
}

/** A picture's or a video's. @param {string} url @returns {{ width: number, height: number } | null} */
export function sizeIn(url) {
  const [, , width, height] = NAME.exec(url) ?? [];
  return height ? { width: Number(width), height: Number(height) } : null;
}

// A picture with more pixels is shown as a smaller one, which the server stores beside it (uploads/names.py): a browser
// takes four bytes for each pixel. Pictures that were stored before have none: up to a size they are shown all the same.
const MAX_DISPLAY_PIXELS = 4_194_304;
const MAX_DISPLAY_SIDE = 2048;
const MAX_SHOWN_OLD_PIXELS = 16_777_216;
// One that is so many times as high as wide has as many pixels as allowed, so that it can be read.
const LONG_RATIO = 3;
const MAX_LONG_SIDE = 16_384;

/**
 * Where to load a picture from, the best first; empty if it is too large for that.
 *
 * @param {string} url
 * @returns {string[]}
 */
export function shownAs(url) {
  const size = sizeIn(url);
  if (!size || size.width * size.height <= MAX_DISPLAY_PIXELS) return [url];
  const ofSide = resized(url, fitted(size, { width: MAX_DISPLAY_SIDE, height: MAX_DISPLAY_SIDE }));
  const best = isLong(size) ? resized(url, longSize(size)) : ofSide;
  if (size.width * size.height <= MAX_SHOWN_OLD_PIXELS) return [best, url];
  return best === ofSide ? [best] : [best, ofSide];
}

/** Whether it is so long that nobody can read it where all of it is shown. @param {{ width: number, height: number }} size */
export const isLong = ({ width, height }) => height > LONG_RATIO * width;

/** @param {{ width: number, height: number }} size */
const longSize = ({ width, height }) =>
  scaled({ width, height }, Math.min(Math.sqrt(MAX_DISPLAY_PIXELS / (width * height)), MAX_LONG_SIDE / height));

/** The same picture in another size. @param {string} url @param {{ width: number, height: number }} size */
const resized = (url, { width, height }) => url.replace(/-\d+x\d+\.\w+(?=\?|$)/, `-${width}x${height}.jpg`);

/**
 * Where to load an avatar from, the best first: its thumbnail, which the server stores beside it (uploads/names.py), or
 * the avatar itself, if it has none.
 *
 * @param {string} url
 */
export const avatarAs = (url) => (sizeIn(url) ? [url.replace(/-\d+x\d+\.\w+$/, ".jpg"), ...shownAs(url)] : shownAs(url));

/** Whether it is that of a picture. @param {string} url */
export const isPicture = (url) => NAME.exec(url)?.[0].endsWith(".mp4") === false && sizeIn(url) !== null;

/** How long a voice message is. @param {string} url */
export function secondsIn(url) {
  const [, , seconds, height] = NAME.exec(url) ?? [];
  return seconds && !height ? Number(seconds) : 0;
}

/** The picture that stands for a video. @param {string} url */
export const posterOf = (url) => url.replace(/\.mp4(?=\?|$)/, ".jpg");

/** In how many seconds to ask for the address anew; Infinity if it lasts. @param {string} url @param {number} now   in seconds */
export function renewedIn(url, now) {
  const end = Number(/[?&]e=(\d+)/.exec(url)?.[1] ?? Infinity);
  return Math.max(0, end - now) * (RENEWED_AFTER + Math.random() * RENEWED_WITHIN);
}

/**
 * The largest size of the same shape that fits a box. What is small stays so.
 *
 * @param {{ width: number, height: number }} size
 * @param {{ width: number, height: number }} box
 */
export const fitted = (size, box) => scaled(size, Math.min(1, box.width / size.width, box.height / size.height));

/** @param {{ width: number, height: number }} size @param {number} scale */
function scaled({ width, height }, scale) {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
