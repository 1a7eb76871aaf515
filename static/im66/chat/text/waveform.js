// The shape of a sound in a few bars, each from 0 to 1. Pure.

export const BARS = 32;
const LOWEST = 0.12;
// Of each bar, so many samples are looked at.
const MAX_SAMPLES = 4096;

/** The shape of a sound of which nothing is known. @type {number[]} */
export const FLAT = Array(BARS).fill(LOWEST);

/** The loudest moment of each part of the sound, the loudest of all being 1. @param {Float32Array} samples @returns {number[]} */
export function peaksOf(samples) {
  const part = Math.max(1, Math.floor(samples.length / BARS));
  const peaks = Array.from({ length: BARS }, (_, at) => loudest(samples.subarray(at * part, (at + 1) * part)));
  const most = Math.max(...peaks, 1e-6);
  return peaks.map((peak) => Math.max(LOWEST, peak / most));
}

/** @param {Float32Array} samples */
function loudest(samples) {
  const step = Math.ceil(samples.length / MAX_SAMPLES);
  let most = 0;
  for (let at = 0; at < samples.length; at += step) most = Math.max(most, Math.abs(samples[at]));
  return most;
}
