// The shape of a sound in a few bars, each from 0 to 1. Pure.

export const BARS = 32;
const LOWEST = 0.12;

/** A shape for a sound that is not loaded: always the same for the same URL. @param {string} url @returns {number[]} */
export function guessed(url) {
  let state = 1;
  for (const letter of url) state = (state * 31 + letter.charCodeAt(0)) % 2147483647;
  return Array.from({ length: BARS }, (_, at) => {
    state = (state * 16807) % 2147483647;
    return 0.25 + 0.4 * Math.abs(Math.sin(at / 2.7)) * (state / 2147483647) + 0.15 * (state % 2);
  });
}

/** The loudest moment of each part of the sound, the loudest of all being 1. @param {Float32Array} samples @returns {number[]} */
export function peaksOf(samples) {
  const part = Math.max(1, Math.floor(samples.length / BARS));
  const peaks = Array.from({ length: BARS }, (_, at) => loudest(samples.subarray(at * part, (at + 1) * part)));
  const most = Math.max(...peaks, 1e-6);
  return peaks.map((peak) => Math.max(LOWEST, peak / most));
}

/** @param {Float32Array} samples */
function loudest(samples) {
  let most = 0;
  for (const sample of samples) most = Math.max(most, Math.abs(sample));
  return most;
}
