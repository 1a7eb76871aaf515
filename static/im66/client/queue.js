// Messages on their way: one after the other, each until the server has it or refuses it.

import { Failure } from "./failure.js";

// A message that may succeed later is tried again after so many seconds, if the server does not say.
const AGAIN_SECONDS = 2;

/**
 * @typedef {object} Outgoing
 * @property {string} cid   the name under which the server stores it once, however often it is sent
 * @property {string} to
 * @property {string} kind
 * @property {string} content
 * @property {string} [extension]
 * @property {number} [reply]
 *
 * @typedef {{ message: Outgoing, resolve: (ok: any) => void, reject: (failed: Error) => void }} Waiting
 */

export class Queue {
  /** @type {Waiting[]} */
  #waiting = [];
  #isSending = false;
  #isOpen = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;

  /** @param {(message: Outgoing) => Promise<any>} send   raises Failure @param {number} most */
  constructor(send, most) {
    this.send = send;
    this.most = most;
  }

  /** What the server does not have yet, as far as is known. */
  get pending() {
    return this.#waiting.map(({ message }) => message);
  }

  /** @param {Outgoing} message @returns {Promise<any>} what the server answers; raises Failure if it refuses */
  add(message) {
    if (this.#waiting.length >= this.most) {
      return Promise.reject(new Failure("queue_full", `${this.most} messages wait already.`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject });
      void this.#sendAll();
    });
  }

  open() {
    this.#isOpen = true;
    void this.#sendAll();
  }

  /** Nothing is sent until it is opened again. */
  close() {
    this.#isOpen = false;
    clearTimeout(this.#again);
  }

  /** @param {Failure} failure   what each message that waits is told */
  clear(failure) {
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }

  async #sendAll() {
    if (this.#isSending) return;
    this.#isSending = true;
    clearTimeout(this.#again);
    while (this.#isOpen && this.#waiting.length && (await this.#sendFirst()));
    this.#isSending = false;
  }

  /** Returns whether the next one can be sent at once. */
  async #sendFirst() {
    const [first] = this.#waiting;
    try {
      const ok = await this.send(first.message);
      this.#settle(first)?.resolve(ok);
    } catch (error) {
      const failure = /** @type {Failure} */ (error);
      if (!failure.isPassing) this.#settle(first)?.reject(failure);
      else return this.#wait(failure.retry);
    }
    return true;
  }

  /** @param {number} seconds */
  #wait(seconds) {
    // Where the connection is gone, it is sent when the next one is open.
    if (this.#isOpen) this.#again = setTimeout(() => this.#sendAll(), (seconds || AGAIN_SECONDS) * 1000);
    return false;
  }

  /** @param {Waiting} one */
  #settle(one) {
    const at = this.#waiting.indexOf(one);
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }
}
