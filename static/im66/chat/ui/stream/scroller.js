// Where in the messages one is: at the end, which stays in sight when something comes, or at a message, which stays
// where it is whatever is added before it or after it.

import { batch, signal } from "../../html.js";
import { articleOf, firstVisible, lastVisible } from "./places.js";

/** @typedef {import("../../state/timeline.js").Timeline} Timeline */
/** @typedef {{ message: number } | { line: true } | "end"} Aim   `line`: where what is new begins */

// So near to the end is at the end.
const NEAR = 48;
// How far from an edge what is beyond it is asked for.
const AHEAD = 1200;
const MARKED_SECONDS = 2;

export class Scroller {
  atEnd = signal(true);
  /** Whether the end is so far that a way to it is wanted. */
  isFar = signal(false);
  /** Whether it is known where to begin. Until then nothing counts as seen. */
  isPlaced = false;

  /** @type {HTMLElement | null} */
  #log = null;
  /** @type {Aim | null} */
  #aim = null;
  /** @type {{ id: string, top: number } | null} */
  #anchor = null;
  #lastTop = 0;
  #isPlanned = false;
  #observer = new ResizeObserver(() => this.#resized());

  /**
   * @param {Timeline} timeline
   * @param {(id: number) => void} onSeen   told the last message that is in sight, with each look
   */
  constructor(timeline, onSeen) {
    this.timeline = timeline;
    this.onSeen = onSeen;
    this.look = this.look.bind(this);
    this.scrolled = this.scrolled.bind(this);
  }

  /** @param {HTMLElement} log   its only child holds the messages */
  attach(log) {
    this.#log = log;
    log.addEventListener("scroll", this.scrolled, { passive: true });
    document.addEventListener("visibilitychange", this.look);
    this.#observer.observe(log);
    this.#observer.observe(/** @type {Element} */ (log.firstElementChild));
  }

  detach() {
    this.#log?.removeEventListener("scroll", this.scrolled);
    document.removeEventListener("visibilitychange", this.look);
    this.#observer.disconnect();
    this.#log = null;
    // It opens at the end again, or at what is new.
    this.timeline.isFollowed = true;
  }

  /** Go there, now or as soon as it is shown. @param {Aim} aim @param {Promise<void>} loading   what will show it */
  async aimAt(aim, loading) {
    this.#aim = aim;
    this.isPlaced = true;
    if (aim !== "end") this.atEnd.value = false;
    this.settle();
    await loading;
    // After what was loaded is drawn. If it is not there by then, it will not come.
    requestAnimationFrame(() => this.#giveUp(aim));
  }

  /** @param {Aim} aim */
  #giveUp(aim) {
    if (this.#aim !== aim) return;
    this.#aim = null;
    this.look();
  }

  /** Before something changes: see what must stay where it is. */
  remember() {
    const found = this.#log && !this.atEnd.peek() && firstVisible(this.#log);
    this.#anchor = found ? { id: found.dataset.id ?? "", top: found.getBoundingClientRect().top } : null;
  }

  /** After something has changed. */
  settle() {
    if (!this.#log) return;
    if (this.#aim && this.#reach(this.#aim)) this.#aim = null;
    else if (this.atEnd.peek()) this.#toEnd();
    else this.#restore();
    this.#plan();
  }

  scrolled() {
    this.#plan();
  }

  /** See where one is, and what follows from it. */
  look() {
    this.#isPlanned = false;
    const log = this.#log;
    if (!log || !this.isPlaced || this.timeline.state.peek() !== "ready") return;
    const after = log.scrollHeight - log.scrollTop - log.clientHeight;
    this.#place(log, after);
    if (document.visibilityState === "visible") this.#tellSeen(log);
    if (this.#aim) return;
    if (log.scrollTop < AHEAD) void this.timeline.older();
    if (after < AHEAD) void this.timeline.newer();
  }

  /** @param {HTMLElement} log @param {number} after */
  #place(log, after) {
    // Growing content does not take one away from the end; only scrolling back does.
    const isAtEnd = after < NEAR || (this.atEnd.peek() && log.scrollTop >= this.#lastTop - 1);
    this.#lastTop = log.scrollTop;
    batch(() => {
      this.atEnd.value = isAtEnd && !this.timeline.hasNewer.peek();
      this.isFar.value = !this.atEnd.peek() && (after > log.clientHeight / 2 || this.timeline.hasNewer.peek());
      this.timeline.isFollowed = this.atEnd.peek();
    });
  }

  /** @param {HTMLElement} log */
  #tellSeen(log) {
    const last = lastVisible(log);
    if (last?.dataset.id) this.onSeen(Number(last.dataset.id));
  }

  /** At most one look in each frame. */
  #plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    requestAnimationFrame(this.look);
  }

  #resized() {
    if (this.atEnd.peek() && !this.#aim) this.#toEnd();
    this.#plan();
  }

  #toEnd() {
    const log = /** @type {HTMLElement} */ (this.#log);
    log.scrollTop = log.scrollHeight;
    this.#lastTop = log.scrollTop;
  }

  #restore() {
    const anchor = this.#anchor;
    // It holds for one change only: who scrolls on is not brought back.
    this.#anchor = null;
    const found = anchor && articleOf(/** @type {HTMLElement} */ (this.#log), anchor.id);
    if (!found) return;
    const moved = found.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) >= 1) /** @type {HTMLElement} */ (this.#log).scrollTop += moved;
  }

  /** Whether it is reached. @param {Aim} aim */
  #reach(aim) {
    if (this.timeline.state.peek() !== "ready") return false;
    if (aim === "end") return this.#reachEnd();
    const log = /** @type {HTMLElement} */ (this.#log);
    if ("line" in aim) return this.#reachLine(log);
    const article = articleOf(log, String(aim.message));
    if (!article) return false;
    this.#show(article);
    return true;
  }

  #reachEnd() {
    if (this.timeline.hasNewer.peek()) return false;
    this.atEnd.value = true;
    this.#toEnd();
    return true;
  }

  /** @param {HTMLElement} log */
  #reachLine(log) {
    const line = log.querySelector(".stream-new");
    if (!line) return this.#reachEnd();
    line.scrollIntoView({ block: "start" });
    this.#lastTop = log.scrollTop;
    return true;
  }

  /** @param {HTMLElement} article */
  #show(article) {
    const center = () => article.scrollIntoView({ block: "center" });
    center();
    // What comes into sight gets its own size only then.
    requestAnimationFrame(center);
    article.dataset.marked = "";
    setTimeout(() => delete article.dataset.marked, MARKED_SECONDS * 1000);
  }
}
