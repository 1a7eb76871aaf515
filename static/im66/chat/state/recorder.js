// The microphone, as it is recorded. Knows no page.

// What browsers can record, the most wanted first.
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
// Louder than this is shown as loudest: speech is far below what the microphone can take.
const LOUDEST = 0.25;

/** Raised with a `name` of DOMException's, or "Unsupported" if the page may not record at all. */
export class Unrecordable extends Error {
  /** @param {string} name */
  constructor(name) {
    super(name);
    this.name = name;
  }
}

export class Recorder {
  /** @type {Blob[]} */
  #parts = [];
  #before = 0;
  #since = 0;

  /** Ask for the microphone, and record. Raises Unrecordable. */
  static async open() {
    if (!navigator.mediaDevices?.getUserMedia || !("MediaRecorder" in globalThis)) throw new Unrecordable("Unsupported");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      return new Recorder(stream);
    } catch (error) {
      stream?.getTracks().forEach((track) => track.stop());
      throw new Unrecordable(/** @type {Error} */ (error).name);
    }
  }

  /** @param {MediaStream} stream */
  constructor(stream) {
    this.stream = stream;
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    this.recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    this.recorder.ondataavailable = ({ data }) => this.#parts.push(data);
    /** The whole recording, once it has ended. @type {Promise<Blob>} */
    this.whole = new Promise((resolve) => {
      this.recorder.onstop = () => resolve(this.#finished());
    });
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.recorder.start();
    this.#since = performance.now();
  }

  /** How long it has recorded, without its pauses. */
  get seconds() {
    return (this.#before + (this.#since && performance.now() - this.#since)) / 1000;
  }

  /** How loud it is just now, from 0 to 1. */
  level() {
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    return Math.min(1, Math.sqrt(Math.sqrt(power) / LOUDEST));
  }

  /** What it has recorded so far. Not to be asked once it has ended. @returns {Promise<Blob>} */
  soFar() {
    return new Promise((resolve) => {
      this.recorder.addEventListener("dataavailable", () => resolve(this.#joined()), { once: true });
      this.recorder.requestData();
    });
  }

  pause() {
    this.#before = 1000 * this.seconds;
    this.#since = 0;
    this.recorder.pause();
  }

  resume() {
    this.#since = performance.now();
    this.recorder.resume();
  }

  /** End it and let the microphone go; `whole` has it then. */
  stop() {
    if (this.recorder.state === "inactive") return;
    this.#before = 1000 * this.seconds;
    this.#since = 0;
    this.recorder.stop();
  }

  #finished() {
    for (const track of this.stream.getTracks()) track.stop();
    void this.context.close();
    return this.#joined();
  }

  #joined() {
    return new Blob(this.#parts, { type: this.recorder.mimeType });
  }
}
