// The shapes of voice messages, measured from their sound: of those that were on the screen, one after the other.

import { signal } from "../../vendor/signals.js";
import { secondsIn } from "../text/media_urls.js";
import { peaksOf } from "../text/waveform.js";

// A voice message of a minute has a quarter of a megabyte. What is larger keeps a flat shape.
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_SECONDS = 300;
const MAX_SHAPES = 500;
const SAMPLES_PER_SECOND = 16_000;
const DEAR_LINKS = ["slow-2g", "2g", "3g"];

/** By the URL of the sound. @type {import("../../vendor/signals.js").Signal<ReadonlyMap<string, number[]>>} */
export const shapes = signal(new Map());

/** Those that are measured, that wait for it, or that cannot be. @type {Set<string>} */
const known = new Set();
let last = Promise.resolve();

/** Measure one that is shown, unless the link is slow or its user pays for it. @param {string} url */
export function measureShown(url) {
  const { connection } = /** @type {any} */ (navigator);
  if (!connection?.saveData && !DEAR_LINKS.includes(connection?.effectiveType)) measure(url);
}

/** Measure one that is loaded in any case. @param {string} url */
export function measure(url) {
  // A browser decodes only what this server lets it read.
  if (known.has(url) || !url.startsWith(`${location.origin}/`) || secondsIn(url) > MAX_SECONDS) return;
  known.add(url);
  last = last.then(() => shapeOf(url)).then((shape) => keep(url, shape));
}

/** Undefined if it cannot be decoded. @param {string} url @returns {Promise<number[] | undefined>} */
async function shapeOf(url) {
  await atLeisure();
  const bytes = await bytesOf(url);
  if (!bytes) return undefined;
  try {
    const sound = await new OfflineAudioContext(1, 1, SAMPLES_PER_SECOND).decodeAudioData(bytes);
    return peaksOf(sound.getChannelData(0));
  } catch {
    return undefined;
  }
}

/** Undefined if it is not there or too large. @param {string} url */
async function bytesOf(url) {
  try {
    const answer = await fetch(url);
    const size = Number(answer.headers.get("Content-Length") ?? Infinity);
    if (answer.ok && size <= MAX_BYTES) return await answer.arrayBuffer();
    await answer.body?.cancel();
  } catch {
    // The next time that it is shown or played, it is asked for again.
    known.delete(url);
  }
  return undefined;
}

/** @param {string} url @param {number[] | undefined} shape */
function keep(url, shape) {
  if (!shape) return;
  const next = new Map(shapes.value).set(url, shape);
  for (const oldest of [...next.keys()].slice(0, -MAX_SHAPES)) {
    next.delete(oldest);
    known.delete(oldest);
  }
  shapes.value = next;
}

/** Messages come first. @returns {Promise<void>} */
const atLeisure = () =>
  new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve(), { timeout: 1000 });
    else setTimeout(resolve, 50);
  });
