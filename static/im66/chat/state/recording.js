// The voice message that is being recorded. There is one at a time; whoever leaves its conversation ends it, and finds
// it there again.

import { t } from "../text/words.js";
import { recording } from "./composing.js";
import { silence } from "./player.js";
import { Recorder } from "./recorder.js";
import { say } from "./toasts.js";
import { sendFiles } from "./uploads.js";

export const MOST_SECONDS = 60;
const LEAST_SECONDS = 0.5;
const TICK = 100;

/** @typedef {import("./composing.js").Recording} Recording */

/** @type {Recorder | null} */
let recorder = null;
/** @type {Blob | null} */
let recorded = null;

/** Record a voice message for a conversation. @param {string} conversation */
export async function startRecording(conversation) {
  if (recording.value) return say(t("Another voice message is not sent yet."), { isError: true });
  const requested = /** @type {Recording} */ ({ conversation, state: "asking", seconds: 0, levels: [] });
  recording.value = requested;
  try {
    const opened = await Recorder.open();
    if (recording.value !== requested) return opened.stop();
    begin(opened);
  } catch (error) {
    if (recording.value === requested) recording.value = null;
    say(whyNot(/** @type {Error} */ (error)), { isError: true });
  }
}

/** @param {Recorder} opened */
function begin(opened) {
  recorder = opened;
  change({ state: "running" });
  const timer = setInterval(() => tick(opened), TICK);
  void opened.whole.then((blob) => {
    clearInterval(timer);
    // Not if it was dropped.
    if (recorder === opened) ended(blob);
  });
}

/** @param {Recorder} of */
function tick(of) {
  const now = recording.value;
  if (recorder !== of || now?.state !== "running") return;
  if (of.seconds >= MOST_SECONDS) return endRecording();
  change({ seconds: of.seconds, levels: [...now.levels, of.level()] });
}

/** @param {Blob} blob */
function ended(blob) {
  recorded = blob;
  withdraw();
  change({ state: "ended", url: URL.createObjectURL(blob) });
}

export async function pauseRecording() {
  const paused = recorder;
  // It may just have ended by itself.
  if (paused?.recorder.state !== "recording") return;
  paused.pause();
  change({ state: "paused" });
  const blob = await paused.soFar();
  if (recorder !== paused || recording.value?.state !== "paused") return;
  withdraw();
  change({ url: URL.createObjectURL(blob) });
}

export function resumeRecording() {
  if (recorder?.recorder.state !== "paused") return;
  withdraw();
  recorder.resume();
  change({ state: "running" });
}

/** It can no longer be listened to as it was. */
function withdraw() {
  const url = recording.value?.url;
  if (!url) return;
  silence(url);
  URL.revokeObjectURL(url);
  change({ url: undefined });
}

/** Record no further; it is kept. While the microphone is asked for, give that up. */
export function endRecording() {
  if (recording.value?.state === "asking") dropRecording();
  else recorder?.stop();
}

/** Forget it. */
export function dropRecording() {
  const before = recorder;
  withdraw();
  recorder = recorded = recording.value = null;
  before?.stop();
}

/** Send it, as it is so far. @param {{ reply?: number }} [more] */
export async function sendRecording(more) {
  const { conversation, seconds } = /** @type {Recording} */ (recording.value);
  const from = /** @type {Recorder} */ (recorder);
  from.stop();
  const blob = recorded ?? (await from.whole);
  if (recorder !== from) return;
  dropRecording();
  if (seconds < LEAST_SECONDS) return say(t("The voice message is too short."), { isError: true });
  sendFiles(conversation, [asFile(blob)], more);
}

/** @param {Blob} blob */
function asFile(blob) {
  const type = blob.type.split(";")[0];
  return new File([blob], `${t("Voice message")}.${type.split("/")[1]}`, { type });
}

/** @param {Partial<Recording>} values */
function change(values) {
  if (recording.value) recording.value = { ...recording.value, ...values };
}

/** @param {Error} error */
function whyNot({ name }) {
  switch (name) {
    case "Unsupported":
      return isSecureContext
        ? t("This browser cannot record.")
        : t("Recording needs https.");
    case "NotAllowedError":
      return t("Microphone access is blocked. Allow it next to the page's address.");
    case "NotFoundError":
      return t("There is no microphone.");
    case "NotReadableError":
      return t("The microphone cannot be used. Another program may be using it.");
    default:
      return t("The microphone cannot be used.");
  }
}
