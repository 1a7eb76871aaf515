// One connection that comes back by itself. It knows the frames of im66.json.v1, and nothing of what they are about.

import { LOCKED, TOO_MANY, UNPROVEN } from "./close_codes.js";
import { Failure, disconnected, failureOf } from "./failure.js";
import { pauseAfter } from "./pauses.js";

const SUBPROTOCOL = "im66.json.v1";
// After these the server would refuse the same client again.
const FOR_GOOD = new Set([UNPROVEN, LOCKED, TOO_MANY]);
// Before the first hello is answered, the server's heartbeat is not known.
const HELLO_SECONDS = 20;
// A connection on which nothing follows a command for so long is dead; heartbeats would tell it much later.
const REPLY_SECONDS = 15;
const PROBE_SECONDS = 5;
const OPEN = 1;

/**
 * @typedef {"connecting" | "open" | "away" | "ended"} State   `ended`: it will not come back by itself
 *
 * @typedef {object} Ear   whom it tells
 * @property {() => object} hello   the fields of the next hello
 * @property {(welcome: any) => void} onWelcome
 * @property {(event: import("../types.js").ServerEvent) => void} onEvent
 * @property {(state: State, code: number, seconds: number, why?: Why) => void} onState   `code`: of the close, if that
 *   is why; `seconds`: until it tries again by itself; `why`: it has ended, if the server said so
 *
 * @typedef {{ name: string, reason: string, until?: number }} Why   the server's last words on a connection
 */

export class Socket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, { resolve: (ok: any) => void, reject: (failed: Error) => void }>} */
  #asked = new Map();
  #lastId = 0;
  #failures = 0;
  #retry = 0;
  #isOpen = false;
  #isStopped = false;
  /** @type {Why | undefined} */
  #why;
  #silence = HELLO_SECONDS;
  /** When the watch ends, by the clock of the page. */
  #due = 0;
  /** How many bytes a frame may have. */
  #largest = Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /** @param {Ear} ear */
  constructor(ear) {
    this.ear = ear;
    this.comeBack = this.comeBack.bind(this);
  }

  start() {
    clearTimeout(this.#pause);
    this.#isStopped = false;
    this.#why = undefined;
    this.ear.onState("connecting", 0, 0);
    const socket = new WebSocket(address(), SUBPROTOCOL);
    this.#socket = socket;
    this.#listen(HELLO_SECONDS);
    socket.onopen = () => this.#hello(socket);
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#pause);
    clearTimeout(this.#watch);
    this.#socket?.close();
  }

  /** Connect now instead of after the pause; or else see whether the connection is alive. */
  comeBack() {
    if (this.#isStopped) return;
    if (!this.#socket) this.start();
    else if (this.#isOpen) this.#ask({ cmd: "ping" }, PROBE_SECONDS).catch(() => undefined);
  }

  /**
   * Send a command. Raises Failure.
   *
   * @param {import("../types.js").Command} command   without an id
   * @returns {Promise<any>} what `ok` holds
   */
  ask(command) {
    if (!this.#isOpen) return Promise.reject(disconnected());
    // The server would end the connection.
    if (sizeOf(command) > this.#largest) return Promise.reject(new Failure("too_long", "The frame is too large."));
    return this.#ask(command, REPLY_SECONDS);
  }

  /** @param {import("../types.js").Command} command @param {number} seconds   in which something must follow */
  #ask(command, seconds) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#asked.set(id, { resolve, reject });
      // On one that is closing it would be lost, and its end is about to be told.
      if (this.#socket && !(this.#socket.readyState > OPEN)) this.#socket.send(JSON.stringify({ id, ...command }));
      if (performance.now() + seconds * 1000 < this.#due) this.#watchFor(seconds);
    });
  }

  /** @param {WebSocket} socket */
  async #hello(socket) {
    const welcome = await this.#welcome(socket);
    if (!welcome) return;
    this.#failures = 0;
    this.#isOpen = true;
    this.#largest = welcome.limits?.frame ?? Infinity;
    this.#listen(2.5 * welcome.heartbeat);
    this.ear.onWelcome(welcome);
    this.ear.onState("open", 0, 0);
  }

  /** What hello is answered; undefined if it is refused. @param {WebSocket} socket */
  async #welcome(socket) {
    try {
      return await this.#ask({ cmd: "hello", ...this.ear.hello() }, HELLO_SECONDS);
    } catch (error) {
      if (socket === this.#socket) this.#refused(socket, /** @type {Failure} */ (error));
      return undefined;
    }
  }

  /** The server's answer to hello was no. @param {WebSocket} socket @param {Failure} failure */
  #refused(socket, { name, isPassing, retry }) {
    // The server would hear another name on this connection, but there is none.
    if (name === "invalid") return this.#giveUp(socket, UNPROVEN);
    // Otherwise the close that follows says whether to come back.
    if (!isPassing) return;
    this.#retry = retry;
    this.#giveUp(socket);
  }

  /** @param {any} said */
  #take(said) {
    this.#listen(this.#silence);
    if (said.ev) return this.ear.onEvent(said);
    // Why the connection ends.
    if (said.error && said.re === null) this.#retry = said.error.retry ?? 0;
    if (said.error && (said.re === null || !this.#isOpen)) this.#why = said.error;
    const asked = this.#asked.get(said.re);
    this.#asked.delete(said.re);
    if (said.error) asked?.reject(failureOf(said.error));
    else asked?.resolve(said.ok);
  }

  /** Give the connection up if nothing comes for so long. @param {number} seconds */
  #listen(seconds) {
    this.#silence = seconds;
    this.#watchFor(seconds);
  }

  /** @param {number} seconds */
  #watchFor(seconds) {
    clearTimeout(this.#watch);
    this.#due = performance.now() + seconds * 1000;
    const socket = this.#socket;
    this.#watch = setTimeout(() => socket && this.#giveUp(socket), seconds * 1000);
  }

  /** A dead connection would keep its end waiting for minutes. @param {WebSocket} socket @param {number} [code] */
  #giveUp(socket, code = 1006) {
    // What comes on it after all comes on the next one too.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#closed(socket, code);
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#isOpen = false;
    clearTimeout(this.#watch);
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(disconnected());
    if (FOR_GOOD.has(code)) this.#isStopped = true;
    if (this.#isStopped) this.ear.onState("ended", code, 0, this.#why);
    else this.#planReturn(code);
  }

  /** @param {number} code */
  #planReturn(code) {
    const seconds = Math.max(pauseAfter(code, this.#failures++, Math.random()), this.#retry);
    this.#retry = 0;
    this.#pause = setTimeout(this.comeBack, seconds * 1000);
    this.ear.onState("away", code, seconds);
  }
}

const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/entry`;

/** @param {object} command */
const sizeOf = (command) => new TextEncoder().encode(JSON.stringify({ id: Number.MAX_SAFE_INTEGER, ...command })).length;
