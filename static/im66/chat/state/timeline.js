// A conversation's messages: an unbroken part of them, which grows at both ends as it is scrolled through. It stays
// small, so that long conversations cost no more than short ones: what is far from where one reads is let go.

import { batch, computed, signal } from "../../vendor/signals.js";
import { call } from "../wire/api.js";
import { PAGE, messagesOf, pageOf } from "../wire/first_requests.js";
import { kindNamed, partOf } from "../text/kinds.js";
import { isMessage } from "../text/sequence.js";
import { changed, fromEnd, fromStart, merged, reactedTo } from "../text/slices.js";
import { Quotes } from "./quotes.js";
import { complain } from "./toasts.js";

/** @typedef {import("../types.js").Item} Item */
/** @typedef {import("../types.js").Message} Message */
/** @typedef {{ target: number, change: (message: Message) => Message }} Amendment */

const KEPT = 400;
// A tab that is not looked at has no frames.
const LONGEST_FRAME = 100;

export class Timeline {
  /** Oldest first. @type {import("../../vendor/signals.js").Signal<Item[]>} */
  items = signal([]);
  /** Whether there are older ones, and newer ones, than those in `items`. */
  hasOlder = signal(false);
  hasNewer = signal(false);
  /** `new`: nothing was asked for yet. */
  state = signal(/** @type {"new" | "loading" | "ready" | "failed" | "absent"} */ ("new"));
  /** The read mark at the time the conversation was opened: later messages of others are new. */
  readUpTo = signal(/** @type {number | null} */ (null));

  /** How many messages came that their reader did not see come. */
  behind = signal(0);

  #byId = computed(() => new Map(this.items.value.map((item) => [item.id, item])));
  #isFollowed = true;
  /** The way to another place, while it is under way. */
  #moving = Promise.resolve();
  /** What came while a page was asked for. @type {Item[]} */
  #fresh = [];
  /** What became of messages while a page was asked for, which may have been read before. @type {Amendment[]} */
  #late = [];
  /** What the user has hidden, which may be in answers that are on their way. @type {Set<number>} */
  #hidden = new Set();
  /** Ends when all that was asked for is answered. @type {Promise<unknown>} */
  #asking = Promise.resolve();
  /** Rises with each change of place, so that late answers are known. */
  #place = 0;
  #isGrowing = false;
  /** @type {Promise<boolean> | null} */
  #freshening = null;

  /** @param {string} conversation */
  constructor(conversation) {
    this.conversation = conversation;
    this.path = messagesOf(conversation);
    this.quotes = new Quotes(this.path);
  }

  /** Whether the reader sees the end, and what comes there. */
  get isFollowed() {
    return this.#isFollowed;
  }

  set isFollowed(is) {
    this.#isFollowed = is;
    if (is) this.behind.value = 0;
  }

  /** Show the last messages, if none are shown yet. */
  async open() {
    if (this.state.value === "new" || this.state.value === "failed") await this.toLatest();
    else await this.#moving;
  }

  /** Show the first of so many messages that are not read, or the last ones. True if that one is among others around it. A few are among the last ones, which are on their way. @param {number} read @param {number} unread */
  async openAt(read, unread) {
    if (unread < PAGE) await this.open();
    const isAway = unread > PAGE / 2 && (this.hasNewer.value || this.beginsAfter(read - 1) || !this.items.value.length);
    await (isAway ? this.toMessage(read + 1) : this.toEnd());
    return isAway;
  }

  /** The message of this conversation: undefined until it is known, null if there is none. @param {number} id */
  message(id) {
    const existing = this.#byId.value.get(id);
    return existing && isMessage(existing) ? existing : this.quotes.get(id);
  }

  /** Whether there may be messages after this one that are older than those that are shown. @param {number} id */
  beginsAfter(id) {
    return this.hasOlder.value && this.items.value[0]?.id > id + 1;
  }

  /** Show the last messages. */
  async toLatest() {
    await this.#go({ limit: PAGE }, ({ more }) => ({ older: more, newer: false }));
  }

  /** Show the last messages, if they are not among those that are shown. */
  async toEnd() {
    if (this.hasNewer.value) await this.toLatest();
  }

  /** Show a message among those around it. @param {number} id */
  async toMessage(id) {
    if (this.items.value.some((item) => item.id === id)) return;
    // Of both directions, the answer says only whether one of them has more.
    await this.#go({ around: id, limit: PAGE }, ({ more }) => ({ older: more, newer: more }));
  }

  async older() {
    const first = this.items.value.at(0);
    if (!first || !this.hasOlder.value) return;
    await this.#grow({ before: first.id, limit: PAGE }, fromEnd, (items, more) => {
      const all = merged(items, this.items.value);
      this.items.value = all.slice(0, KEPT);
      this.hasOlder.value = more;
      if (all.length > KEPT) this.hasNewer.value = true;
    });
  }

  async newer() {
    const last = this.items.value.at(-1);
    if (!last || !this.hasNewer.value) return;
    await this.#grow({ after: last.id, limit: PAGE }, fromStart, (items, more) => {
      const all = merged(this.items.value, more ? items : this.#withFresh(items));
      this.items.value = all.slice(-KEPT);
      this.hasNewer.value = more;
      if (all.length > KEPT) this.hasOlder.value = true;
    });
  }

  /** A new message or notice. @param {Item} item */
  take(item) {
    if (this.#isAsking) this.#fresh.push(item);
    // Its reader is in it again.
    if (this.state.value === "absent") void this.toLatest();
    // What is known already comes again after a return, without what became of it.
    if (this.state.value !== "ready" || this.#byId.peek().has(item.id)) return;
    this.#takePlaceOf(item);
    if (!this.#isFollowed && isMessage(item)) this.behind.value += 1;
    if (!this.hasNewer.value) this.#append(item);
  }

  /** A message of one's own that was held back comes again when it is released, with another id. @param {Item} item */
  #takePlaceOf(item) {
    const cid = isMessage(item) && item.cid;
    if (!cid || !this.items.value.some((one) => isMessage(one) && one.cid === cid)) return;
    this.items.value = this.items.value.filter((one) => !isMessage(one) || one.cid !== cid);
  }

  /** @param {Item} item */
  #append(item) {
    const all = merged(this.items.value, [item]);
    if (all.length <= KEPT + PAGE) this.items.value = all;
    // What is being read stays; what is new is asked for when its reader comes to the end.
    else if (!this.#isFollowed) this.hasNewer.value = true;
    else {
      this.items.value = all.slice(-KEPT);
      this.hasOlder.value = true;
    }
  }

  /** @param {number} target @param {string} content @param {number} edit   the row that says so @param {import("../types.js").Card} [card] */
  edit(target, content, edit, card) {
    this.#change(target, ({ preview, ...message }) => ({ ...message, content, edited: edit, ...(card && { card }) }));
  }

  /** @param {number} target @param {"moderator"} [by] */
  recall(target, by) {
    this.#change(target, ({ content, preview, ...message }) => ({ ...message, recalled: true, by }));
  }

  /** What it links to, unless it says something else by now. @param {number} target @param {import("../types.js").Preview} preview */
  learnPreview(target, preview) {
    this.#change(target, (message) => (message.edited || message.recalled ? message : { ...message, preview }));
  }

  /** More of what it has besides its content. @param {number} target @param {object} more */
  learnPart(target, more) {
    this.#change(target, (message) => {
      const [entry] = Object.entries(partOf(message));
      return entry ? { ...message, [entry[0]]: { ...entry[1], ...more } } : message;
    });
  }

  /** A message that was recalled, again in its place. @param {Message} message */
  restore(message) {
    this.#change(message.id, ({ recalled, by, ...known }) => ({ ...known, ...message }));
    // Whoever came while it was recalled may not know it.
    if (this.state.value === "ready" && this.#spans(message.id)) {
      this.items.value = merged([{ edited: null, reactions: {}, ...message }], this.items.value);
    }
  }

  /** Whether what has this id stands among what is shown. @param {number} id */
  #spans(id) {
    const first = this.items.value.at(0);
    const last = this.items.value.at(-1);
    return (!this.hasOlder.value || (first && first.id < id)) && (!this.hasNewer.value || (last && id < last.id));
  }

  /** Show nothing up to this id any more. @param {number} upto */
  clear(upto) {
    this.items.value = this.items.value.filter(({ id }) => id > upto);
    this.hasOlder.value = false;
  }

  /** @param {number[]} ids @param {boolean} starred */
  star(ids, starred) {
    for (const id of ids) this.#change(id, (message) => ({ ...message, starred }));
  }

  /** Show these no more. @param {number[]} ids */
  hide(ids) {
    for (const id of ids) this.#hidden.add(id);
    this.items.value = this.items.value.filter(this.#isShown);
    this.quotes.forget(ids);
  }

  /** They may be shown again. @param {number[]} ids */
  unhide(ids) {
    for (const id of ids) this.#hidden.delete(id);
    this.quotes.renew(ids);
  }

  /** @param {Item} item */
  #isShown = ({ id }) => !this.#hidden.has(id);

  /** @param {number} target @param {{ emoji: string, from: string, on: boolean }} reaction */
  react(target, reaction) {
    this.#change(target, (message) => reactedTo(message, reaction));
  }

  /** Read anew what is shown. */
  forget() {
    const isShown = this.state.value !== "new";
    this.state.value = "new";
    if (isShown) void this.toLatest();
  }

  /** Ask anew for the addresses of files around this message, which expire. False if that failed. @param {number} id */
  freshen(id) {
    this.#freshening ??= this.#freshen(id).finally(() => (this.#freshening = null));
    return this.#freshening;
  }

  /** @param {number} id */
  async #freshen(id) {
    try {
      const { items } = await this.#page({ around: id, limit: PAGE });
      batch(() => items.filter((/** @type {Item} */ item) => isMessage(item) && (!kindNamed(item.kind).isText || item.preview)).forEach(this.#readdress));
      return true;
    } catch {
      return false;
    }
  }

  /** @param {Message} found */
  #readdress = ({ id, content, preview, ...more }) => this.#change(id, (known) => (known.recalled ? known : { ...known, content, preview, ...partOf(more) }));

  /** See whether the server has more at the end, or other texts, than was read before. What is shown stays. */
  async renew() {
    await this.#asking;
    if (this.hasNewer.value) return;
    await this.#grow({ limit: PAGE }, oneSlice, (items, more) => {
      const last = this.items.value.at(-1)?.id ?? 0;
      const isApart = more && items[0].id > last;
      this.items.value = isApart ? items : merged(this.items.value, items);
      if (isApart) this.hasOlder.value = true;
    });
  }

  get #isAsking() {
    return this.state.peek() === "loading" || this.#isGrowing;
  }

  /** @param {number} target @param {(message: Message) => Message} change */
  #change(target, change) {
    if (this.#isAsking) this.#late.push({ target, change });
    this.quotes.change(target, change);
    this.items.value = amended(this.items.value, { target, change });
  }

  /** A page, with what came meanwhile. @param {Item[]} items */
  #withFresh(items) {
    return this.#withLate(merged(this.#fresh.toSorted((a, b) => a.id - b.id), items));
  }

  /** @param {Item[]} items */
  #withLate(items) {
    return this.#late.reduce(amended, items);
  }

  /** @param {Record<string, number>} query */
  #ask(query) {
    const answer = this.#page(query);
    this.#asking = Promise.allSettled([this.#asking, answer]);
    return answer;
  }

  /** @param {Record<string, number>} query */
  async #page(query) {
    const { items, more } = await call("GET", this.path, { query: pageOf(this.conversation, query) });
    return { items: items.map(asItem).filter(this.#isShown), more };
  }

  /**
   * @param {Record<string, number>} query
   * @param {(answer: { more: boolean }) => { older: boolean, newer: boolean }} ends
   */
  #go(query, ends) {
    this.#moving = this.#move(query, ends);
    return this.#moving;
  }

  /**
   * @param {Record<string, number>} query
   * @param {(answer: { more: boolean }) => { older: boolean, newer: boolean }} ends
   */
  async #move(query, ends) {
    const place = ++this.#place;
    const before = this.state.value;
    this.state.value = "loading";
    this.#fresh = [];
    this.#late = [];
    try {
      const answer = await this.#ask(query);
      if (place !== this.#place) return;
      const { older, newer } = ends(answer);
      batch(() => {
        this.items.value = newer ? this.#withLate(answer.items) : this.#withFresh(answer.items);
        this.hasOlder.value = older;
        this.hasNewer.value = newer;
        this.state.value = "ready";
      });
    } catch (error) {
      if (place !== this.#place) return;
      if (before === "ready") this.#stay(/** @type {Error} */ (error));
      else this.state.value = stateAfter(/** @type {Error} */ (error));
    }
  }

  /** Go on with what is shown, for the way to elsewhere has failed. @param {Error} error */
  #stay(error) {
    batch(() => {
      if (!this.hasNewer.value) this.items.value = merged(this.items.value, this.#withFresh([]));
      this.state.value = error.name === "not_found" ? "absent" : "ready";
    });
    complain(error);
  }

  /**
   * @param {Record<string, number>} query
   * @param {(items: Item[]) => Item[][]} inParts
   * @param {(items: Item[], more: boolean) => void} put   gets each part, and whether there is more after it
   */
  async #grow(query, inParts, put) {
    if (this.#isGrowing || this.state.value !== "ready") return;
    const place = this.#place;
    this.#isGrowing = true;
    this.#fresh = [];
    this.#late = [];
    try {
      const { items, more } = await this.#ask(query);
      const parts = inParts(items);
      for (const [at, part] of parts.entries()) {
        if (at > 0) await nextFrame();
        if (place !== this.#place) return;
        batch(() => put(this.#withLate(part), more || at < parts.length - 1));
      }
    } catch {
      // Scrolling on asks again.
    } finally {
      this.#isGrowing = false;
    }
  }
}

/** @param {Item[]} items */
const oneSlice = (items) => [items];

const nextFrame = () =>
  new Promise((drawn) => {
    requestAnimationFrame(drawn);
    setTimeout(drawn, LONGEST_FRAME);
  });

/** @param {Error} error */
const stateAfter = (error) => (error.name === "not_found" ? "absent" : "failed");

/** What a page has, as events have it. @param {any} row @returns {Item} */
const asItem = (row) => (row.kind === "notice" ? { ...row, isNotice: true } : row);

/** @param {Item[]} items @param {Amendment} amendment */
const amended = (items, { target, change }) => changed(items, target, (item) => change(/** @type {Message} */ (item)));
