// Messages that others reply to, where they are not among those that are shown.

import { signal } from "../../vendor/signals.js";
import { call } from "../wire/api.js";

/** @typedef {import("../types.js").Message} Message */

export class Quotes {
  /** @type {Map<number, import("../../vendor/signals.js").Signal<Message | null | undefined>>} */
  #known = new Map();

  /** @param {string} path   of the conversation's messages */
  constructor(path) {
    this.path = path;
  }

  /** The message: undefined until it is known, null if there is none. @param {number} id */
  get(id) {
    const quoted = this.#known.get(id);
    if (quoted) return quoted.value;
    const made = signal(/** @type {Message | null | undefined} */ (undefined));
    this.#known.set(id, made);
    // Not now: this is asked while a page is being drawn.
    queueMicrotask(() => this.#ask(id, made));
    return made.value;
  }

  /** @param {number} id @param {(message: Message) => Message} by */
  change(id, by) {
    const quoted = this.#known.get(id);
    if (quoted?.value) quoted.value = by(quoted.value);
  }

  /** There are none of these any more. @param {number[]} ids */
  forget(ids) {
    for (const id of ids) {
      const place = this.#known.get(id);
      if (place) place.value = null;
    }
  }

  /** There may be some of these again. @param {number[]} ids */
  renew(ids) {
    for (const id of ids) {
      const place = this.#known.get(id);
      if (place) void this.#ask(id, place);
    }
  }

  /** @param {number} id @param {import("../../vendor/signals.js").Signal<Message | null | undefined>} place */
  async #ask(id, place) {
    try {
      const { items } = await call("GET", this.path, { query: { around: id, limit: 1 } });
      place.value = items.find((/** @type {Message} */ one) => one.id === id) ?? null;
    } catch {
      // Whoever shows it again asks again.
      this.#known.delete(id);
    }
  }
}
