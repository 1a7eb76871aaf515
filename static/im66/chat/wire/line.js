// The connection that all tabs of one person share. One tab holds the socket; the others hear through it, and ask
// through it. When that tab closes, another one takes over and goes on after what it has heard.
//
// A tab whose socket was refused for good lets others try: one of them may have logged in anew.
//
// Without Web Locks, which browsers have only where pages are safe from being changed on their way, each tab has a
// socket of its own.

import { signal } from "../../vendor/signals.js";
import { beginAnew } from "./beginning.js";
import { claim } from "./credentials.js";
import { disconnected, failureOf } from "../../client/failure.js";
import { SUBPROTOCOL, Socket } from "../../client/socket.js";

// Longer than the tab that holds the socket waits for an answer.
const ANSWER_SECONDS = 20;

// What is not in the log is told once; for so long, to tabs that open too.
const LATELY_SECONDS = 30;
const MAX_LATELY = 100;

/** @param {ServerEvent} event */
const isKept = ({ ev, picture }) => ev === "read" || ev === "contact" || picture;

/**
 * @typedef {object} Link   where the line is
 * @property {import("../../client/socket.js").State} state
 * @property {number} code   of the last close
 * @property {import("../../client/socket.js").Why} [why]   it has ended, if the server said so
 *
 * @typedef {import("../types.js").ServerEvent} ServerEvent
 * @typedef {ReturnType<typeof setTimeout>} Timer
 */

export class Line {
  /** @type {import("../../vendor/signals.js").Signal<Link>} */
  link = signal({ state: "connecting", code: 0 });
  /** What the last hello was answered. @type {import("../../vendor/signals.js").Signal<any>} */
  welcome = signal(null);
  /** Whether this tab holds the socket. */
  holds = signal(false);
  /** Whether something was told before this tab began to listen, and after what it has asked for was read. */
  hasMissed = false;

  /** @type {Socket | null} */
  #socket = null;
  /** Up to which id this tab has heard everything. @type {number | undefined} */
  #since;
  /** The largest id that this tab knows, of what it has sent too. */
  #largest = 0;
  /** Names the last welcome, which tabs hear of more than once. */
  #greeting = "";
  #tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #lastAsked = 0;
  /** @type {{ at: number, event: ServerEvent }[]} */
  #lately = [];
  /** @type {Map<number, { resolve: (ok: any) => void, reject: (failed: Error) => void, timer: Timer }>} */
  #pending = new Map();
  #end = new AbortController();
  #letGo = () => {};

  /**
   * @param {string} userid
   * @param {(event: ServerEvent) => void} onEvent   in every tab
   * @param {number} [since]   the last id of the log before anything that this page knows was read
   */
  constructor(userid, onEvent, since) {
    this.userid = userid;
    this.onEvent = onEvent;
    this.#since = since;
    this.name = `im66.line.${userid}`;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.#onTabMessage(data);
  }

  start() {
    const { signal } = this.#end;
    onWaking(() => this.comeBack(), (isUsed) => this.#look(isUsed), signal);
    this.#request();
  }

  /** Hold the socket, as soon as no other tab does. */
  #request() {
    if (!navigator.locks) return this.#take();
    const { signal } = this.#end;
    const hold = () => {
      this.#take();
      return new Promise((resolve) => {
        this.#letGo = () => resolve(undefined);
        signal.addEventListener("abort", this.#letGo);
      });
    };
    navigator.locks.request(this.name, { signal }, hold).catch(() => this.#takeAlone());
    this.#post({ what: "asks state" });
  }

  stop() {
    this.#end.abort();
    this.#socket?.stop();
    this.channel.close();
  }

  /** Connect now instead of after the pause; or else see whether the connection is alive. */
  comeBack() {
    if (this.#socket) this.#socket.comeBack();
    else this.#post({ what: "comes back" });
  }

  /** @param {boolean} isUsed */
  #look(isUsed) {
    if (this.#socket) this.#socket.look(isUsed);
    else this.#post({ what: "looks", isUsed });
  }

  /** Try again after the end, in the tab that was refused. */
  restart() {
    if (this.link.peek().state === "ended") this.#request();
  }

  /**
   * Send a command. Raises Failure.
   *
   * @param {import("../types.js").Command} command
   * @returns {Promise<any>} what `ok` holds
   */
  ask(command) {
    if (this.#socket) return this.#socket.ask(command);
    if (this.link.peek().state !== "open") return Promise.reject(disconnected());
    return new Promise((resolve, reject) => {
      const id = ++this.#lastAsked;
      const timer = setTimeout(() => this.#settle(id, { error: disconnected() }), ANSWER_SECONDS * 1000);
      this.#pending.set(id, { resolve, reject, timer });
      this.#post({ what: "asks", tab: this.#tab, id, command });
    });
  }

  /** Tell all tabs of something, as if the server had. @param {ServerEvent} event */
  publish(event) {
    this.#pass(event);
    if (navigator.locks) this.#post({ what: "event", event });
  }

  #take() {
    // They were asked for in a tab that has closed.
    for (const id of [...this.#pending.keys()]) this.#settle(id, { error: disconnected() });
    this.#socket = new Socket({
      open: () => new WebSocket(address(), SUBPROTOCOL),
      hello: () => ({ ...claim(), since: this.#since, log: this.welcome.peek()?.log }),
      onWelcome: (welcome) => this.#welcomed(welcome),
      onEvent: (event) => this.#onServerEvent(event),
      onState: (state, code, seconds, why) => this.#moved(state, code, seconds, why),
    });
    this.holds.value = true;
    this.#socket.start();
  }

  /** Where the browser refuses locks. */
  #takeAlone() {
    if (!this.#end.signal.aborted && !this.#socket) this.#take();
  }

  /** @param {any} welcome */
  #welcomed(welcome) {
    // Somebody else has logged in with this browser: nothing of this page is theirs.
    if (welcome.user.userid !== this.userid) return this.#stopAndBeginAnew();
    this.#since ??= welcome.head;
    this.#greeting = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.welcome.value = welcome;
    this.#share();
    // A backup without what was sent last has been restored. The server tells it only of what was heard.
    if (welcome.head < this.#largest) this.#onServerEvent({ ev: "gap", from: this.#largest, to: welcome.head });
  }

  #stopAndBeginAnew() {
    this.stop();
    beginAnew();
  }

  /**
   * @param {import("../../client/socket.js").State} state
   * @param {number} code
   * @param {number} seconds
   * @param {import("../../client/socket.js").Why} [why]
   */
  #moved(state, code, seconds, why) {
    if (this.#end.signal.aborted) return;
    this.#place({ state, code: code || this.link.peek().code, why });
    this.#share(seconds);
    if (state === "ended" && navigator.locks) this.#release();
  }

  #release() {
    this.#socket = null;
    this.holds.value = false;
    this.#letGo();
  }

  /** @param {Link} link */
  #place(link) {
    const { state, code } = this.link.peek();
    if (link.state !== state || link.code !== code) this.link.value = link;
  }

  /** @param {number} [seconds]   until the next attempt */
  #share(seconds = 0) {
    const link = this.link.peek();
    const welcome = this.welcome.peek();
    this.#post({ what: "state", link, welcome, greeting: this.#greeting, since: this.#since, seconds });
  }

  #shareAll() {
    this.#share();
    const since = Date.now() - LATELY_SECONDS * 1000;
    for (const { at, event } of this.#lately) if (at > since) this.#post({ what: "event", event, since: this.#since });
  }

  /** @param {object} message */
  #post(message) {
    if (!this.#end.signal.aborted) this.channel.postMessage(message);
  }

  /** Of the server. @param {ServerEvent} event */
  #onServerEvent(event) {
    if (event.ev === "gap") this.#since = event.to;
    else if (event.id > (this.#since ?? 0)) this.#since = event.id;
    // First the others: what goes wrong with it here does not go wrong there.
    if (navigator.locks) this.#post({ what: "event", event, since: this.#since });
    if (isKept(event)) this.#lately = [...this.#lately.slice(1 - MAX_LATELY), { at: Date.now(), event }];
    this.#pass(event);
  }

  /** @param {ServerEvent} event */
  #pass(event) {
    if (event.ev === "gap") this.#largest = event.to;
    else if (event.id > this.#largest) this.#largest = event.id;
    this.onEvent(event);
  }

  /** @param {any} message   by another tab */
  #onTabMessage(message) {
    if (this.#socket) this.#serve(message);
    else if (message.what === "event") this.#onSharedEvent(message);
    else if (message.what === "answer" && message.tab === this.#tab) this.#settle(message.id, message);
    else if (message.what === "state") this.#follow(message);
  }

  /** @param {{ event: ServerEvent, since?: number }} said */
  #onSharedEvent({ event, since }) {
    this.#since = since ?? this.#since;
    this.#pass(event);
  }

  /** @param {any} message */
  #serve(message) {
    if (!navigator.locks) return;
    if (message.what === "asks state") this.#shareAll();
    else if (message.what === "comes back") this.#socket?.comeBack();
    else if (message.what === "looks") this.#socket?.look(message.isUsed);
    else if (message.what === "event") this.#pass(message.event);
    else if (message.what === "asks") this.#askFor(message);
  }

  /** @param {{ tab: string, id: number, command: import("../types.js").Command }} asked */
  async #askFor({ tab, id, command }) {
    const answer = { what: "answer", tab, id };
    try {
      this.#post({ ...answer, ok: await this.ask(command) });
    } catch (error) {
      const { name, message, code, retry } = /** @type {import("../../client/failure.js").Failure} */ (error);
      this.#post({ ...answer, error: { name, reason: message, code, retry } });
    }
  }

  /** @param {{ link: Link, welcome: any, greeting: string, since: number | undefined, seconds: number }} said */
  #follow({ link, welcome, greeting, since, seconds }) {
    if (since !== undefined && this.#since !== undefined && since > this.#since) this.hasMissed = true;
    this.#since = since ?? this.#since;
    if (greeting !== this.#greeting) {
      this.#greeting = greeting;
      this.welcome.value = welcome;
    }
    this.#place(link);
    // The timers of a tab that nobody sees are late.
    if (seconds && document.visibilityState === "visible") setTimeout(() => this.#hasten(), seconds * 1000);
  }

  #hasten() {
    if (this.link.peek().state === "away") this.comeBack();
  }

  /** @param {number} id @param {{ ok?: any, error?: any }} answer */
  #settle(id, { ok, error }) {
    const request = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(request?.timer);
    if (error) request?.reject(failureOf({ ...error, reason: error.reason ?? error.message }));
    else request?.resolve(ok);
  }
}

// When a page goes on after it could not: the network is there again, the page is looked at again, the machine has
// slept. A connection may have died meanwhile without a word. It may also die while the page is looked at: then people
// should know as soon as they use it.
const TICK_SECONDS = 20;
// People press keys faster than anything needs to be looked at.
const USED_SECONDS = 1;
// The timers of pages that nobody sees run once a minute.
const SLEPT_SECONDS = 80;

/**
 * @param {() => void} act   on waking
 * @param {(isUsed: boolean) => void} look   while the page is looked at, now and then, and when somebody begins to use it
 * @param {AbortSignal} signal   when to stop
 */
function onWaking(act, look, signal) {
  addEventListener("online", act, { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && act(), { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && act(), { signal });
  let last = Date.now();
  const timer = setInterval(() => {
    const hasSlept = Date.now() - last > SLEPT_SECONDS * 1000;
    last = Date.now();
    if (hasSlept) act();
    else if (document.visibilityState === "visible") look(false);
  }, TICK_SECONDS * 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  let used = 0;
  const use = () => {
    if (Date.now() - used < USED_SECONDS * 1000) return;
    used = Date.now();
    look(true);
  };
  for (const name of ["pointerdown", "keydown", "focus"]) addEventListener(name, use, { signal, passive: true });
}

export const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/entry`;
