// Messages that the server has not accepted yet. They outlive the page: each has a place of its own in the browser's
// storage, and its cid, by which the server knows one that it already has.

import { newCid } from "../../client/cids.js";
import { signal } from "../../vendor/signals.js";
import { config } from "../config.js";
import { partOf } from "../text/kinds.js";
import { t } from "../text/words.js";
import { forgetOutgoing, keepOutgoing, keptOutgoing } from "./outgoing.js";
import { takeSilence } from "./silence.js";
import { prefixOf } from "./stored.js";
import { say } from "./toasts.js";

/** @typedef {import("../types.js").Outgoing} Outgoing */
/** @typedef {import("../../client/failure.js").Failure} Failure */

// A server that answers nothing at all is asked again after so many seconds.
const AGAIN_SECONDS = 2;

export class Outbox {
  /** Oldest first. @type {import("../../vendor/signals.js").Signal<Outgoing[]>} */
  waiting = signal([]);
  /** Those for which the storage has no place: they live as long as the page. @type {Map<string, Outgoing>} */
  #unkept = new Map();
  /** Until when one has to wait, in milliseconds, by conversation: it is slow, or one has written too fast. @type {import("../../vendor/signals.js").Signal<ReadonlyMap<string, number>>} */
  held = signal(new Map());
  #isSending = false;

  /**
   * @param {string} userid
   * @param {import("../wire/line.js").Line} line
   */
  constructor(userid, line) {
    this.line = line;
    this.prefix = prefixOf("out", userid);
    // Of other tabs. Without a key, all of the storage was emptied.
    addEventListener("storage", ({ key }) => (key === null || key.startsWith(this.prefix)) && this.look());
    this.look();
  }

  /** Send a message, now or when the server can be reached. @param {Omit<Outgoing, "cid" | "at">} message */
  add(message) {
    // The clock may have been set back; their order stays.
    const last = this.waiting.peek().at(-1)?.at ?? 0;
    const silent = message.silent ?? takeSilence(message.to);
    this.#keep({ ...message, silent: silent || undefined, cid: newCid(), at: Math.max(Date.now(), last + 1) });
  }

  /** Try again what had failed. @param {string} cid */
  retry(cid) {
    const message = this.#find(cid);
    if (message) this.#keep({ ...message, failed: undefined });
  }

  /** Forget a message. @param {string} cid */
  drop(cid) {
    this.#unkept.delete(cid);
    forgetOutgoing(this.prefix, cid);
    this.look();
  }

  /** See what is in the storage, and send it. */
  look() {
    const drafts = [...keptOutgoing(this.prefix), ...this.#unkept.values()];
    this.waiting.value = drafts.sort((a, b) => a.at - b.at);
    void this.send();
  }

  /** Send one after the other, in the tab that holds the connection. */
  async send() {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) await this.#sendOne(next);
    } finally {
      this.#isSending = false;
    }
  }

  #next() {
    if (this.line.link.peek().state !== "open") return undefined;
    const holds = this.line.holds.peek();
    // The other tabs do not know of those that are not in the storage.
    const held = this.held.peek();
    return this.waiting.peek().find(({ cid, to, failed }) => !failed && !held.has(to) && (holds || this.#unkept.has(cid)));
  }

  /** @param {Outgoing} message */
  async #sendOne(message) {
    const { cid, to, kind, content, reply, mentions, silent } = message;
    const part = partOf(message);
    let ok;
    try {
      ok = await this.line.ask({ cmd: "send", cid, to, kind, content, reply, ...(config.kinds[kind].sends && part), ...(mentions && { mentions }), ...(silent && { silent }) });
    } catch (error) {
      return this.#failed(message, /** @type {Failure} */ (error));
    }
    const from = this.line.welcome.peek().user.userid;
    // A rule may have changed it.
    const { id, time, content: stored = content } = ok;
    try {
      // Before it leaves the outbox, so that it is always seen in one of the two places.
      this.line.publish({ ev: "message", id, conversation: to, from, kind, content: stored, time, cid, reply, mentions, silent, ...part, isOwn: true });
    } finally {
      this.drop(cid);
    }
  }

  /** @param {Outgoing} message @param {Failure} failure */
  async #failed(message, { name, isPassing, retry, why }) {
    // Without a proof it waits for the next login.
    if (!isPassing && name !== "log_in_first") return this.#fail(message, why || name);
    if (name === "too_fast") return this.#hold(message.to, retry || AGAIN_SECONDS);
    if (name === "disconnected" && this.line.link.peek().state !== "open") return;
    await new Promise((resolve) => setTimeout(resolve, (retry || AGAIN_SECONDS) * 1000));
  }

  /** The others need not wait. @param {string} to @param {number} seconds */
  #hold(to, seconds) {
    this.held.value = new Map(this.held.peek()).set(to, Date.now() + seconds * 1000);
    setTimeout(() => this.release(to), seconds * 1000);
  }

  /** One need not wait there any more. @param {string} to */
  release(to) {
    if (!this.held.peek().has(to)) return;
    this.held.value = new Map([...this.held.peek()].filter(([other]) => other !== to));
    void this.send();
  }

  /** @param {Outgoing} message @param {string} failed */
  #fail(message, failed) {
    // It may have been dropped meanwhile.
    if (this.#find(message.cid)) this.#keep({ ...message, failed });
  }

  /** @param {string} cid */
  #find(cid) {
    return this.waiting.peek().find((one) => one.cid === cid);
  }

  /** @param {Outgoing} message */
  #keep(message) {
    const { cid } = message;
    if (keepOutgoing(this.prefix, message)) this.#unkept.delete(cid);
    else this.#keepHere(message);
    this.look();
  }

  /** @param {Outgoing} message */
  #keepHere(message) {
    this.#unkept.set(message.cid, message);
    if (this.line.link.peek().state !== "open") {
      say(t("This browser has no room left: keep the page open until your messages are sent."), { isError: true });
    }
  }
}
