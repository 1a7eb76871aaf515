// A script: a frame a line, and lines that wait.

const UNTIL_MILLISECONDS = 30_000;
const LONGEST_WAIT = 10_000;

/** The steps of a script: `{ line, frame }`, `{ line, wait }` in milliseconds, or `{ line, until }`, a text. */
export function parse(text, unescape) {
  const lines = text.split("\n").map((written, place) => ({ line: place + 1, text: written.trim() }));
  return lines.filter(({ text }) => text).flatMap(({ line, text }) => stepOf(line, text, unescape));
}

function stepOf(line, text, unescape) {
  const [, wait] = /^#\s*wait\s+(\d+)$/.exec(text) ?? [];
  if (wait) return [{ line, wait: Number(wait) }];
  const [, until] = /^#\s*until\s+(.+)$/.exec(text) ?? [];
  if (until) return [{ line, until }];
  return text.startsWith("#") ? [] : [{ line, frame: unescape(text) }];
}

/** The script that would send again what entries of the log say was sent, with the pauses between. */
export function recorded(entries, escape) {
  const sent = entries.filter(({ kind }) => kind === "sent");
  return sent.flatMap(({ time, text }, place) => [...pause(sent[place - 1]?.time, time), escape(text)]).join("\n");
}

function pause(before, after) {
  const milliseconds = before ? Math.min(Math.round((after - before) / 100) * 100, LONGEST_WAIT) : 0;
  return milliseconds ? [`# wait ${milliseconds}`] : [];
}

/** Runs one script at a time on `connection`. `send(frame)` throws if it cannot be sent. */
export class Runner {
  #connection;
  #send;
  #stop = null;
  #came = [];

  constructor(connection, send) {
    this.#connection = connection;
    this.#send = send;
    connection.addEventListener("frame", ({ detail }) => this.#came.push(detail));
  }

  get running() {
    return this.#stop !== null;
  }

  /** Whether all steps were done, and it was not stopped. Calls `tell(step)` before each. Throws what fails. */
  async run(steps, tell) {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    try {
      for (const step of steps) {
        tell(step);
        await this.#do(step, signal);
        if (signal.aborted) return false;
      }
      return true;
    } finally {
      this.#stop = null;
      this.#came = [];
    }
  }

  stop() {
    this.#stop?.abort();
  }

  async #do({ frame, wait, until }, signal) {
    if (wait !== undefined) return pass(wait, signal);
    if (until !== undefined) return this.#await(until, signal);
    // What came before it is no answer to it.
    this.#came = [];
    this.#send(frame);
  }

  async #await(text, signal) {
    const end = performance.now() + UNTIL_MILLISECONDS;
    while (!signal.aborted && !this.#came.some((frame) => frame.includes(text))) {
      if (performance.now() > end) throw new Error(`No frame came that holds ${text}`);
      await this.#next(signal, end - performance.now());
    }
  }

  #next(signal, milliseconds) {
    return new Promise((resolve) => {
      const once = { once: true };
      this.#connection.addEventListener("frame", resolve, once);
      signal.addEventListener("abort", resolve, once);
      setTimeout(resolve, milliseconds + 1);
    });
  }
}

function pass(milliseconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", resolve, { once: true });
  });
}
