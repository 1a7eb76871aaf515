// One connection that comes back by itself. It knows the frames of im66.json.v1, and nothing of what they are about.

import { LOCKED, TOO_MANY, UNPROVEN } from "./close_codes.js";
import { Failure, disconnected, failureOf } from "./failure.js";
import { pauseAfter } from "./pauses.js";

export const SUBPROTOCOL = "im66.json.v1";
// After these the server would refuse the same client again.
const FOR_GOOD = new Set([UNPROVEN, LOCKED, TOO_MANY]);
// Before the first hello is answered, the server's heartbeat is not known.
const HELLO_SECONDS = 20;
// If nothing follows a command for so long, a ping asks whether the connection is alive: the server answers that at once,
// whatever else it has to do. While it is busy it is asked less and less often.
const PING_SECONDS = 1;
const LONGEST_PING_SECONDS = 8;
// If nothing follows the ping for so long, people should know; later where the link is slow.
const SILENT_SECONDS = 1.5;
// If nothing follows it for so long, the connection is dead. The first holds where somebody wants something and the link
// is quick; after the second nobody waits on.
const DEAD_SECONDS = 5;
const LONGEST_DEAD_SECONDS = 15;
// Who uses the page sees whether the connection is alive if nothing has come for so long.
const QUIET_SECONDS = 5;
const OPEN = 1;

/**
 * @typedef {"connecting" | "open" | "silent" | "away" | "ended"} State   `silent`: it is open, and a ping is not
 *   answered; `ended`: it will not come back by itself
 *
 * @typedef {object} Ear   whom it tells
 * @property {() => WebSocket} open   begins a connection with SUBPROTOCOL
 * @property {() => object | Promise<object>} hello   the fields of the next hello
 * @property {(welcome: any) => void} onWelcome
 * @property {(event: any) => void} onEvent
 * @property {(state: State, code: number, seconds: number, why?: Why) => void} onState   `code`: of the close, if that
 *   is why; `seconds`: until it tries again by itself; `why`: it has ended, if the server said so
 *
 * @typedef {{ name: string, reason: string, until?: number }} Why   the server's last words on a connection
 */

export class Socket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, { resolve: (ok: any) => void, reject: (failed: Error) => void }>} */
  #pending = new Map();
  #lastId = 0;
  #failures = 0;
  #retry = 0;
  #isOpen = false;
  #isStopped = false;
  /** @type {Why | undefined} */
  #why;
  #silence = HELLO_SECONDS;
  /** When the watch ends, and when something came last, by the clock of the page. */
  #due = 0;
  #receivedAt = 0;
  #isSilent = false;
  /** What follows a command is waited for. @type {ReturnType<typeof setTimeout> | undefined} */
  #doubt;
  #nextPing = PING_SECONDS;
  /** How many seconds the answers to a ping and to hello took. */
  #pingTook = 0;
  #helloTook = 0;
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
    const socket = this.ear.open();
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
    clearTimeout(this.#doubt);
    this.#socket?.close();
  }

  /** Connect now instead of after the pause; or else see whether the connection is alive. */
  comeBack() {
    if (this.#isStopped) return;
    if (this.#isSilent && this.#socket) this.#giveUp(this.#socket);
    if (!this.#socket) this.start();
    else if (this.#isOpen) this.#probe(this.#patience);
  }

  /** See whether the connection is alive, unless something came just now. @param {boolean} isInUse   by somebody */
  look(isInUse) {
    const isQuiet = performance.now() - this.#receivedAt > QUIET_SECONDS * 1000;
    if (this.#isOpen && isQuiet && !this.#doubt) this.#probe(isInUse ? this.#patience : LONGEST_DEAD_SECONDS);
  }

  /**
   * Send a command. Raises Failure.
   *
   * @param {object} command   without an id
   * @returns {Promise<any>} what `ok` holds
   */
  ask(command) {
    if (!this.#isOpen) return Promise.reject(disconnected());
    // The server would end the connection.
    if (sizeOf(command) > this.#largest) return Promise.reject(new Failure("too_long", "The frame is too large."));
    this.#doubt ??= this.#planPing();
    return this.#ask(command);
  }

  /** In how many seconds something must follow a ping. A link on which hello took long is slow. */
  get #patience() {
    return Math.min(LONGEST_DEAD_SECONDS, Math.max(DEAD_SECONDS, 4 * Math.max(this.#pingTook, this.#helloTook)));
  }

  #planPing() {
    return setTimeout(() => {
      this.#nextPing = Math.min(LONGEST_PING_SECONDS, 2 * this.#nextPing);
      void this.#probe(this.#patience);
    }, this.#nextPing * 1000);
  }

  /** @param {number} seconds   in which something must follow */
  async #probe(seconds) {
    clearTimeout(this.#doubt);
    const silent = Math.max(SILENT_SECONDS, 2 * this.#pingTook);
    this.#doubt = setTimeout(() => this.#fallSilent(), silent * 1000);
    if (performance.now() + seconds * 1000 < this.#due) this.#watchFor(seconds);
    const at = performance.now();
    try {
      await this.#ask({ cmd: "ping" });
      this.#pingTook = (performance.now() - at) / 1000;
    } catch {
      // Its end is told.
    }
  }

  #fallSilent() {
    this.#isSilent = true;
    this.ear.onState("silent", 0, 0);
  }

  /** @param {object} command */
  #ask(command) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      // On one that is closing it would be lost, and its end is about to be told.
      if (this.#socket && !(this.#socket.readyState > OPEN)) this.#socket.send(JSON.stringify({ id, ...command }));
    });
  }

  /** @param {WebSocket} socket */
  async #hello(socket) {
    const at = performance.now();
    const welcome = await this.#welcome(socket);
    if (!welcome) return;
    this.#helloTook = (performance.now() - at) / 1000;
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
      const greeting = this.ear.hello();
      const fields = greeting instanceof Promise ? await greeting : greeting;
      // The connection may have ended meanwhile.
      return socket === this.#socket ? await this.#ask({ cmd: "hello", ...fields }) : undefined;
    } catch (error) {
      if (socket === this.#socket) this.#refused(socket, error instanceof Failure ? error : disconnected());
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

  /** @param {any} frame */
  #take(frame) {
    this.#listen(this.#silence);
    this.#receivedAt = performance.now();
    this.#endDoubt();
    if (frame.ev) this.ear.onEvent(frame);
    else this.#settle(frame);
    // What else was asked for is still waited for.
    if (!this.#isOpen || this.#pending.size === 0) this.#nextPing = PING_SECONDS;
    else this.#doubt ??= this.#planPing();
  }

  #endDoubt() {
    clearTimeout(this.#doubt);
    this.#doubt = undefined;
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.ear.onState("open", 0, 0);
  }

  /** @param {any} reply   in reply, or at the end */
  #settle(reply) {
    // Why the connection ends.
    if (reply.error && reply.re === null) this.#retry = reply.error.retry ?? 0;
    if (reply.error && (reply.re === null || !this.#isOpen)) this.#why = reply.error;
    const request = this.#pending.get(reply.re);
    this.#pending.delete(reply.re);
    if (reply.error) request?.reject(failureOf(reply.error));
    else request?.resolve(reply.ok);
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
    this.#isOpen = this.#isSilent = false;
    clearTimeout(this.#watch);
    clearTimeout(this.#doubt);
    this.#doubt = undefined;
    this.#nextPing = PING_SECONDS;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(disconnected());
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

/** @param {object} command */
const sizeOf = (command) => new TextEncoder().encode(JSON.stringify({ id: Number.MAX_SAFE_INTEGER, ...command })).length;
