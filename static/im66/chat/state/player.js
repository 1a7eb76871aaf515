// What is being played: one voice message at a time.

import { batch, signal } from "../../vendor/signals.js";
import { measure } from "./waveforms.js";

/** The URL of the one that is played, or that was last played and can go on; empty for none. */
export const playing = signal("");
export const isPaused = signal(true);
/** In seconds. */
export const position = signal(0);
/** Those that could not be played. @type {import("../../vendor/signals.js").Signal<ReadonlySet<string>>} */
export const unplayable = signal(new Set());

const audio = new Audio();
audio.ontimeupdate = () => (position.value = audio.currentTime);
audio.onplay = () => (isPaused.value = false);
audio.onpause = () => (isPaused.value = true);
audio.onended = () => stop();
audio.onerror = () => fail();

/** Play, or go on, or pause. @param {string} url */
export async function toggle(url) {
  if (playing.value === url && !audio.paused) return audio.pause();
  if (playing.value !== url) begin(url);
  try {
    await audio.play();
  } catch {
    // Another one was begun meanwhile, or `onerror` says it.
  }
}

/** Go to a moment of the one that is played. @param {string} url @param {number} seconds */
export function seek(url, seconds) {
  if (playing.value !== url) begin(url);
  audio.currentTime = position.value = seconds;
}

/** Play it no longer. @param {string} url */
export function silence(url) {
  if (playing.value !== url) return;
  audio.pause();
  stop();
}

/** Try one again that could not be played. @param {string} url */
export function forgive(url) {
  const left = new Set(unplayable.value);
  left.delete(url);
  unplayable.value = left;
}

/** @param {string} url */
function begin(url) {
  audio.src = url;
  batch(() => {
    playing.value = url;
    position.value = 0;
  });
  measure(url);
}

function stop() {
  batch(() => {
    playing.value = "";
    position.value = 0;
  });
}

function fail() {
  if (playing.value) unplayable.value = new Set(unplayable.value).add(playing.value);
  stop();
}
