// A client of an im66 server: one connection that comes back by itself, events that come once and in order, messages
// that are sent until the server has them, and the calls of the API.

import { newCid } from "./cids.js";
import { UNPROVEN } from "./close_codes.js";
import { Failure } from "./failure.js";
import { call } from "./http.js";
import { Queue } from "./queue.js";
import { SUBPROTOCOL, Socket } from "./socket.js";

export { Failure };

const MOST_QUEUED = 1000;
// A named device says so often what it has received.
const ACK_SECONDS = 2;
// A new token is asked for once in so many seconds, if the server refuses one.
const RENEW_SECONDS = 30;
// Between the attempts at a call with a key. A server that was killed gives the key free after a minute.
const PAUSES = [0.5, 1, 2, 4, 8, 16, 32];

/**
 * @typedef {import("./types.js").Command} Command
 * @typedef {import("./types.js").Event} Event
 * @typedef {import("./types.js").Ok} Ok
 * @typedef {import("./calls.js").Calls} Calls
 * @typedef {import("./types.js").ToHello} Welcome
 * @typedef {import("./queue.js").Outgoing} Outgoing
 * @typedef {import("./socket.js").State} State
 * @typedef {import("./socket.js").Why} Why
 *
 * @typedef {{ ev: "state", state: State, code: number, seconds: number, why?: Why }} StateChange   `code`: of the close;
 *   `seconds`: until it tries again by itself; `why`: it has ended, if the server said so
 * @typedef {Welcome & { ev: "welcome" }} Welcomed   after each `hello`
 * @typedef {Event | StateChange | Welcomed} Told
 *
 * @typedef {object} Options
 * @property {string} url   of the server: `https://chat.example.com`
 * @property {string | (() => string | Promise<string>)} [token]   a function is asked for a new one for each connection
 * @property {string} [userid]   instead of a token, where the server is open
 * @property {string} [device]   a name for this device: the server remembers what it has received
 * @property {number} [since]   go on after this event: `client.since` of before
 * @property {string} [log]   with it, `client.log` of before
 * @property {Outgoing[]} [pending]   messages to send first: `client.pending` of before
 * @property {(url: string, subprotocol: string) => any} [connect]   makes a WebSocket, where there is no global one
 * @property {typeof fetch} [fetch]
 */

/**
 * The fields of a command, besides its name.
 *
 * @template {Command["cmd"]} C
 * @typedef {Omit<Extract<Command, { cmd: C }>, "cmd" | "id">} Fields
 */

/**
 * What a call takes besides method and path: `path`, its parts in braces; `query`; `body`; as far as the call has them.
 * `key`: of a POST that is to be done once, such as `crypto.randomUUID()`; without an answer it is repeated, for a minute.
 *
 * @template T
 * @typedef {Omit<T, "answer"> & { signal?: AbortSignal, key?: string }} More
 */

/**
 * The last argument of a function, which may be left out if nothing in it is required.
 *
 * @template T
 * @typedef {{} extends T ? [more?: T] : [more: T]} Last
 */

/**
 * The paths of lists that come in pages.
 *
 * @typedef {{ [P in keyof Calls["GET"]]: Calls["GET"][P] extends { query?: { after?: string }, answer: { items: unknown[], next?: unknown } } ? P : never }[keyof Calls["GET"]]} Paged
 */

export class Client {
  /** The last event that was told. Keep it, with `log`, to go on there after a restart. @type {number | undefined} */
  since;
  /** The address of the server, without a `/` at its end. @type {string} */
  url;
  /** The name of the server's log. @type {string | undefined} */
  log;
  /** @type {Welcome | undefined} */
  welcome;

  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();
  /** @type {Socket} */
  #socket;
  /** @type {Queue} */
  #queue;
  /** @type {import("./http.js").Caller} */
  #caller;
  #acked = 0;
  #renewedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ack;

  /** @param {Options} options */
  constructor({ url, pending = [], since, log, ...options }) {
    const base = url.replace(/\/+$/, "");
    const connect = options.connect ?? ((address, subprotocol) => new WebSocket(address, subprotocol));
    this.url = base;
    this.options = options;
    this.since = since;
    this.log = log;
    this.#caller = { url: base, headers: () => this.#headers(), fetch: options.fetch ?? globalThis.fetch.bind(globalThis) };
    this.#queue = new Queue((message) => this.#socket.ask({ cmd: "send", ...message }), MOST_QUEUED);
    for (const message of pending) this.#queue.add(message).catch(() => {});
    this.#socket = new Socket({
      open: () => connect(`${base.replace(/^http/, "ws")}/entry`, SUBPROTOCOL),
      hello: async () => ({ ...(await this.#proof()), device: options.device, since: this.since, log: this.log }),
      onWelcome: (welcome) => this.#welcomed(welcome),
      onEvent: (event) => this.#take(event),
      onState: (state, code, seconds, why) => this.#moved({ ev: "state", state, code, seconds, why }),
    });
  }

  /** Messages that the server may not have yet. Keep them to send them after a restart: none is stored twice. */
  get pending() {
    return this.#queue.pending;
  }

  /** Connect, and connect again whenever the connection ends, until `stop`. */
  start() {
    this.#socket.start();
    return this;
  }

  stop() {
    clearTimeout(this.#ack);
    this.#queue.close();
    this.#socket.stop();
  }

  /** The network is back, or the app is in front again: try now instead of after the pause. */
  comeBack() {
    this.#socket.comeBack();
  }

  /**
   * Hear of events. Returns a function that ends it.
   *
   * @template {Told["ev"] | "*"} E
   * @param {E} name   "*" for all
   * @param {(told: E extends "*" ? Told : Extract<Told, { ev: E }>) => void} listener
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * Send a message, now or when there is a connection. It is sent until the server has it, and stored once. Messages keep
   * their order. Raises Failure if the server refuses it.
   *
   * @param {string} to   `u:<userid>` or `g:<groupid>`
   * @param {string} content   a text, or what `kind` says: the `url` of an upload
   * @param {{ kind?: string, extension?: string, reply?: number, cid?: string, [field: string]: unknown }} [more]
   * @returns {Promise<import("./types.js").ToSend>}
   */
  send(to, content, { kind = "text", cid = newCid(), ...more } = {}) {
    return this.#queue.add({ cid, to, kind, content, ...more });
  }

  /**
   * Send any other command: `ask("react", { target: 7, emoji: "👍" })`. Raises Failure; "disconnected" if it is not known
   * whether it was done.
   *
   * @template {Command["cmd"]} C
   * @param {C} cmd
   * @param {Last<Fields<C>>} fields
   * @returns {Promise<Required<Ok>[C]>}
   */
  ask(cmd, ...[fields]) {
    return this.#socket.ask({ ...fields, cmd });
  }

  /** @param {string} to @param {number} upto */
  read(to, upto) {
    return this.ask("read", { to, upto });
  }

  /**
   * Call the API: `call("GET", "groups/{group}/members", { path: { group: 7 }, query: { limit: 20 } })`. Raises Failure.
   *
   * @template {keyof Calls} M
   * @template {keyof Calls[M] & string} P
   * @param {M} method
   * @param {P} path   below `/api/v1/`
   * @param {Last<More<Calls[M][P]>>} more
   * @returns {Promise<Calls[M][P] extends { answer: infer A } ? A : never>}
   */
  call(method, path, ...[more]) {
    const once = () => call(this.#caller, method, path, more);
    return more?.key ? repeated(once, more.signal) : once();
  }

  /**
   * All of a list that comes in pages, which are asked for one after the other: `for await (const one of
   * client.items("conversations"))`. Raises Failure.
   *
   * @template {Paged} P
   * @param {P} path
   * @param {Last<More<Calls["GET"][P]>>} more   as of `call`; `limit` of the query is that of a page
   * @returns {AsyncGenerator<Calls["GET"][P]["answer"]["items"][number], void>}
   */
  async *items(path, ...[more]) {
    for (let after; ; ) {
      const { query, ...rest } = /** @type {{ query?: object }} */ (more ?? {});
      const { items, next } = await call(this.#caller, "GET", path, { ...rest, query: { ...query, after } });
      yield* items;
      if (!next) return;
      after = next;
    }
  }

  /**
   * Upload a picture, a voice message or a video. Its `url` is the content of a message of its `kind`. Raises Failure.
   *
   * @param {Blob} file
   * @param {{ name?: string, signal?: AbortSignal }} [more]
   * @returns {Promise<Calls["POST"]["uploads"]["answer"]>}
   */
  upload(file, { name = "file", signal } = {}) {
    const body = new FormData();
    body.append("file", file, name);
    return this.call("POST", "uploads", { body, signal });
  }

  async #proof() {
    const { token, userid } = this.options;
    if (token === undefined) return userid === undefined ? {} : { userid };
    return { token: typeof token === "function" ? await token() : token };
  }

  async #headers() {
    const { token, userid } = await this.#proof();
    return token ? { Authorization: `Bearer ${token}` } : { Authorization: `Userid ${encodeURIComponent(userid ?? "")}` };
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    this.welcome = welcome;
    // A device that is named may have older events to come.
    const isNew = this.since === undefined && !this.options.device;
    if (isNew) this.since = welcome.head;
    // To another log leads a gap. Without it, the next connection would go on there as if nothing were missing.
    if (isNew || this.log === undefined) this.log = welcome.log;
    this.#notify({ ...welcome, ev: "welcome" });
  }

  /** @param {Event} event */
  #take(event) {
    if (event.ev === "gap") [this.since, this.log] = [event.to, this.welcome?.log];
    else if ("id" in event && event.id !== undefined) {
      // What came on the connection before is not told again.
      if (event.ev !== "caught_up" && event.id <= (this.since ?? 0)) return;
      this.since = Math.max(event.id, this.since ?? 0);
    }
    this.#notify(event);
    if (this.options.device) this.#ack ??= setTimeout(() => this.#acknowledge(), ACK_SECONDS * 1000);
  }

  #acknowledge() {
    this.#ack = undefined;
    const upto = this.since ?? 0;
    if (upto <= this.#acked) return;
    // What is not acknowledged comes again, and is not told again.
    this.ask("ack", { upto }).then(() => (this.#acked = upto), () => {});
  }

  /** @param {StateChange} change */
  #moved(change) {
    if (change.state === "open" || change.state === "silent") this.#queue.open();
    else this.#queue.close();
    const now = performance.now();
    if (change.state === "ended" && this.#mayRenew(change, now)) {
      this.#renewedAt = now;
      return void this.start();
    }
    if (change.state === "ended") this.#queue.clear(new Failure(change.why?.name ?? "ended", change.why?.reason ?? ""));
    this.#notify(change);
  }

  /** @param {StateChange} change @param {number} now */
  #mayRenew({ code }, now) {
    return code === UNPROVEN && typeof this.options.token === "function" && now - this.#renewedAt > RENEW_SECONDS * 1000;
  }

  /** @param {Told} event */
  #notify(event) {
    for (const name of [event.ev, "*"]) {
      for (const listener of this.#listeners.get(name) ?? []) notifyOne(listener, event);
    }
  }
}

/** A listener that fails must not keep others from hearing. @param {(event: any) => void} listener @param {Told} event */
function notifyOne(listener, event) {
  try {
    listener(event);
  } catch (error) {
    setTimeout(() => {
      throw error;
    }, 0);
  }
}

/**
 * @template A
 * @param {() => Promise<A>} act
 * @param {AbortSignal} [signal]
 * @returns {Promise<A>}
 */
async function repeated(act, signal) {
  for (const seconds of PAUSES) {
    try {
      return await act();
    } catch (error) {
      const isOpen = error instanceof Failure && (["disconnected", "try_again"].includes(error.name) || error.why === "key_running");
      if (!isOpen || signal?.aborted) throw error;
    }
    await new Promise((done) => setTimeout(done, seconds * 1000));
  }
  return act();
}
