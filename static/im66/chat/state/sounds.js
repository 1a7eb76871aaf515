// The sound of a new message: two short tones, made here.

/** Each: when it begins, in seconds, and its frequency. */
const TONES = [
  [0, 659.26],
  [0.11, 987.77],
];
const SECONDS = 0.32;
const LOUDNESS = 0.12;
// Messages that come together make one sound.
const PAUSE_MS = 1000;

/** @type {AudioContext | undefined} */
let context;
let playedAt = -PAUSE_MS;

/** For a message. */
export function ring() {
  if (performance.now() - playedAt < PAUSE_MS) return;
  playedAt = performance.now();
  void playSound();
}

/** Play it, if the browser lets the page do so: not before the user has done something in it. */
export async function playSound() {
  if (!("AudioContext" in globalThis) || navigator.userActivation?.hasBeenActive === false) return;
  context ??= new AudioContext();
  // Browsers put it to sleep, and one that does not let it play never answers.
  if (context.state !== "running") await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, PAUSE_MS))]);
  if (context.state === "running") for (const [begin, frequency] of TONES) play(context, context.currentTime + begin, frequency);
}

/** @param {AudioContext} context @param {number} at @param {number} frequency */
function play(context, at, frequency) {
  const tone = new OscillatorNode(context, { type: "sine", frequency });
  const loudness = new GainNode(context, { gain: 0 });
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + SECONDS);
  tone.connect(loudness).connect(context.destination);
  tone.start(at);
  tone.stop(at + SECONDS);
}
