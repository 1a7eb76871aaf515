// Where in the messages one is: at the end, which stays in sight when something comes, or at a message, which stays
// where it is whatever is added before it or after it.

import { batch, signal } from "../../html.js";
import { me } from "../../state/session.js";
import { firstNew } from "../../text/sequence.js";

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
  /** What must stay where it is. @type {{ id: string, top: number, scrollTop: number } | null} */
  #anchor = null;
  #lastTop = 0;
  #isPlanned = false;
  #observer = new ResizeObserver(() => this.#resized());

  /**
   * @param {Timeline} timeline
   * @param {(id: number) => void} onSeen   gets the last message that was in sight, with each look
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
    document.addEventListener("visibilitychange", this.scrolled);
    this.#observer.observe(log);
    this.#observer.observe(/** @type {Element} */ (log.firstElementChild));
  }

  detach() {
    this.#log?.removeEventListener("scroll", this.scrolled);
    document.removeEventListener("visibilitychange", this.scrolled);
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
    const log = this.#log;
    const article = log && !this.atEnd.peek() && firstVisible(log);
    this.#anchor = article ? { id: article.dataset.id ?? "", top: article.getBoundingClientRect().top, scrollTop: log.scrollTop } : null;
  }

  /** After something has changed. */
  settle() {
    if (!this.#log) return;
    if (this.#aim && this.#reach(this.#aim)) this.#plan();
    else this.#stay();
  }

  #stay() {
    if (this.atEnd.peek()) this.#toEnd();
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
    // On the way to somewhere else, nothing here counts as seen.
    if (!log || !this.isPlaced || this.#aim || this.timeline.state.peek() !== "ready") return;
    const after = log.scrollHeight - log.scrollTop - log.clientHeight;
    this.#place(log, after);
    this.remember();
    if (document.visibilityState === "visible") this.#reportSeen(log);
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
  #reportSeen(log) {
    const last = lastSeen(log);
    if (last?.dataset.id) this.onSeen(Number(last.dataset.id));
  }

  /** At most one look in each frame. */
  #plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    requestAnimationFrame(this.look);
  }

  #resized() {
    // Where it was scrolled since, its reader did it, or the browser kept the place itself.
    if (this.#aim || this.atEnd.peek() || this.#log?.scrollTop === this.#anchor?.scrollTop) this.settle();
    else this.#plan();
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
    const article = anchor && articleOf(/** @type {HTMLElement} */ (this.#log), anchor.id);
    if (!article) return;
    const moved = article.getBoundingClientRect().top - anchor.top;
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
    const { items, readUpTo } = this.timeline;
    if (!firstNew(items.peek(), readUpTo.peek(), me.peek())) return this.#reachEnd();
    const line = log.querySelector(".stream-new");
    // It is not drawn yet.
    if (!line) return false;
    line.scrollIntoView({ block: "start" });
    this.#lastTop = log.scrollTop;
    return true;
  }

  /** @param {HTMLElement} article */
  #show(article) {
    // Of a long text, where it has what was searched for.
    const center = () => (article.querySelector("mark") ?? article).scrollIntoView({ block: "center" });
    center();
    // What was out of sight may have another size than it had when it was last in sight.
    requestAnimationFrame(center);
    article.dataset.marked = "";
    setTimeout(() => delete article.dataset.marked, MARKED_SECONDS * 1000);
  }
}

/** Which messages are in sight. Blocks first: those out of sight need not be laid out for it. @param {HTMLElement} log @param {string} id @returns {HTMLElement | null} */
const articleOf = (log, id) => log.querySelector(`article[data-id="${id}"]`);

/** The first article of which something is in sight. @param {HTMLElement} log */
function firstVisible(log) {
  const { top } = log.getBoundingClientRect();
  const isBelow = (/** @type {Element} */ one) => one.getBoundingClientRect().bottom > top + 1;
  const block = blocksOf(log).find(isBelow);
  return block && (articlesOf(block).find(isBelow) ?? articlesOf(block).at(-1));
}

/** The last article that was seen: half of it is above the lower edge, or so much of it as fills half of the log. @param {HTMLElement} log */
function lastSeen(log) {
  const { bottom, height } = log.getBoundingClientRect();
  const isSeen = (/** @type {Element} */ one) => {
    const box = one.getBoundingClientRect();
    return box.top + Math.min(box.height, height) / 2 < bottom;
  };
  for (const block of blocksOf(log).reverse()) {
    const article = block.getBoundingClientRect().top < bottom && articlesOf(block).findLast(isSeen);
    if (article) return article;
  }
  return undefined;
}

/** @param {HTMLElement} log */
const blocksOf = (log) => [.../** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll(".stream-block"))];

/** @param {Element} block */
const articlesOf = (block) => [.../** @type {NodeListOf<HTMLElement>} */ (block.querySelectorAll("article[data-id]"))];
