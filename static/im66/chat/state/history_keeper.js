// Keeps the last messages of the last conversations as they are: in the tab that holds the lock. First it learns what
// became of them while no page was open; then it follows the line.

import { effect } from "../../vendor/signals.js";
import { asset, config } from "../config.js";
import { MAX_CONVERSATIONS, MAX_MESSAGES, applied, concerns, lasting, sentIn } from "../text/kept_history.js";
import { avatarAs, fileAt, shownAs } from "../text/media_urls.js";
import { isMessage } from "../text/sequence.js";
import { call } from "../wire/api.js";
import { eventsSince } from "../wire/catching_up.js";
import { messagesOf, pageOf } from "../wire/first_requests.js";
import { Closed } from "../wire/vault.js";
import { client, link, welcome } from "./client.js";
import { loading, ordered } from "./conversations.js";
import { person } from "./people.js";
import { me } from "./session.js";

/** @typedef {import("../types.js").ServerEvent} ServerEvent */
/** @typedef {import("../types.js").Conversation} Conversation */
/** @typedef {import("../text/kept_history.js").Index} Index */
/** @typedef {import("../text/kept_history.js").Block} Block */

/** The number under which the index is kept. */
export const INDEX = 0;
// Between two things that are asked for: nobody waits for them.
const ASK_MS = 500;
// Events come in bursts, and each change seals a conversation anew.
const REST_MS = 1000;
const TOUCH_MS = 60_000;
const RETRY_MS = 10_000;
// Nothing tells of messages that the operator has pruned: what is older than this is read anew.
const READ_AGAIN_MS = 12 * 60 * 60 * 1000;
const MAX_PEOPLE = 500;
const MAX_PICTURES = 300;
// Of a picture that was sent.
const SIDE = 320;
// The page draws those who have none.
const STANDARD = [asset("avatar.png"), asset("group.jpg")];
const MAX_PICTURE_BYTES = 48 * 1024;

export class Keeper {
  /** Not dealt with yet. @type {ServerEvent[]} */
  #events = [];
  #isStopped = false;
  #wake = () => {};
  /** @type {Index} */
  #index = { userid: "", upto: 0, log: "", rows: [], people: [], slots: {}, readAt: {}, sent: {}, pictures: {} };
  /** The index as it was kept last. */
  #kept = "";
  #touchedAt = 0;
  /** Pictures and conversations that cannot be had. @type {Set<string>} */
  #missing = new Set();

  /** @param {import("../wire/vault.js").Vault} vault */
  constructor(vault) {
    this.vault = vault;
  }

  stop() {
    this.#isStopped = true;
    this.#wake();
  }

  /** Until it is stopped, or nothing can be kept any more: "full" if there is no room. */
  async run() {
    const stopListening = this.#listen();
    try {
      await this.#begin();
      while (!this.#isStopped) await this.#step();
      return "stopped";
    } catch (error) {
      return error instanceof Closed ? "closed" : "full";
    } finally {
      stopListening();
      this.vault.close();
    }
  }

  #listen() {
    const { line } = /** @type {import("./client.js").Client} */ (client.peek());
    const onEvent = line.onEvent;
    line.onEvent = (event) => {
      onEvent(event);
      this.#events.push(event);
      this.#wake();
    };
    const end = effect(() => {
      if (link().state !== "open") return;
      this.#missing.clear();
      this.#wake();
    });
    return () => {
      line.onEvent = onEvent;
      end();
    };
  }

  /** Learn what happened since the last time. */
  async #begin() {
    const before = await this.vault.read(INDEX);
    while (!this.#isStopped && (link().state !== "open" || loading.peek() !== "ready")) await this.#rest(RETRY_MS);
    const log = welcome()?.log ?? "";
    const events = before?.userid === me.peek() && before.log === log ? await this.#since(before.upto, log) : null;
    if (events) this.#index = before;
    else await this.vault.removeOthers(new Set());
    this.#index = { ...this.#index, userid: me.peek(), log, upto: Math.max(this.#index.upto, events ? 0 : config.head) };
    this.#events.unshift(...(events ?? []));
  }

  /** @param {number} since @param {string} log @returns {Promise<ServerEvent[] | null>} */
  async #since(since, log) {
    while (!this.#isStopped) {
      try {
        return await eventsSince(since, log);
      } catch {
        await this.#rest(RETRY_MS);
      }
    }
    return null;
  }

  async #step() {
    const hasApplied = await this.#applyAll();
    await this.#dropOthers();
    const isAsking = link().state === "open" && (await this.#askForOne());
    await this.#keepIndex();
    // Names of people and pictures come later than their messages.
    const isBusy = hasApplied || isAsking || this.#events.length > 0;
    if (!isBusy && !this.#isStopped) await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    await this.#rest(isAsking ? ASK_MS : REST_MS);
  }

  /** @param {number} ms */
  #rest(ms) {
    return new Promise((resolve) => setTimeout(resolve, this.#isStopped ? 0 : ms));
  }

  /** Whether there was anything. */
  async #applyAll() {
    const events = this.#events.splice(0);
    const gap = events.findLastIndex(({ ev }) => ev === "gap");
    if (gap >= 0) this.#index.slots = {};
    const some = events.slice(gap + 1).filter(concerns);
    for (const conversation of new Set(some.map((event) => event.conversation))) {
      await this.#apply(conversation, some.filter((event) => event.conversation === conversation));
    }
    // The id of what this page has sent says nothing of smaller ones.
    const ids = events.filter(({ isOwn, id }) => id !== undefined && !isOwn).map(({ id }) => id);
    this.#index.upto = gap >= 0 ? events[gap].to : ids.reduce((last, id) => Math.max(last, id), this.#index.upto);
    return some.length > 0;
  }

  /** @param {string} conversation @param {ServerEvent[]} events */
  async #apply(conversation, events) {
    this.#missing.delete(conversation);
    const slot = this.#index.slots[conversation];
    if (slot === undefined) return;
    /** @type {Block | null} */
    let block = (await this.vault.read(slot)) ?? null;
    for (const event of events) block = block && applied(block, event);
    if (!block) return this.#drop(conversation);
    this.#learnFrom(conversation, block);
    await this.vault.keep(slot, block);
  }

  /** @param {string} conversation */
  async #drop(conversation) {
    await this.vault.remove(this.#index.slots[conversation]);
    delete this.#index.slots[conversation];
    delete this.#index.sent[conversation];
  }

  /** Conversations that are no longer among the last ones, and those of which more is hidden than is known here. */
  async #dropOthers() {
    const before = new Map(this.#index.rows.map((row) => [row.id, row]));
    const rows = rowsNow();
    const known = new Map(rows.map((row) => [row.id, row]));
    for (const id of Object.keys(this.#index.slots)) {
      if (isSame(before.get(id), known.get(id))) continue;
      await this.#drop(id);
    }
    this.#index.rows = rows;
  }

  /** Read a conversation that is not kept yet, or get a picture. Whether there was one. */
  async #askForOne() {
    const missing = this.#index.rows.find(({ id }) => !this.#missing.has(id) && !this.#isRead(id));
    if (missing) return this.#readAnew(missing.id);
    const address = this.#addresses().find((one) => !(lasting(one) in this.#index.pictures) && !this.#missing.has(lasting(one)));
    if (address) await this.#getPicture(address);
    return address !== undefined;
  }

  /** Whether it is kept as the server gave it lately. @param {string} conversation */
  #isRead(conversation) {
    const { slots, readAt } = this.#index;
    return conversation in slots && Date.now() < (readAt[conversation] ?? 0) + READ_AGAIN_MS;
  }

  /** @param {string} conversation */
  async #readAnew(conversation) {
    let block;
    try {
      block = await call("GET", messagesOf(conversation), { query: pageOf(conversation, { limit: MAX_MESSAGES }) });
    } catch {
      this.#missing.add(conversation);
      return true;
    }
    const slot = this.#index.slots[conversation] ?? this.#newSlot();
    this.#index.slots[conversation] = slot;
    this.#index.readAt[conversation] = Date.now();
    this.#learnFrom(conversation, block);
    await this.vault.keep(slot, block);
    return true;
  }

  /** Who has written there, and which pictures were sent. @param {string} conversation @param {Block} block */
  #learnFrom(conversation, block) {
    const { items } = block;
    this.#index.sent[conversation] = sentIn(block);
    for (const address of this.#index.sent[conversation]) this.#missing.delete(lasting(address));
    const known = new Set(this.#index.people.map(({ userid }) => userid));
    const others = new Set(items.filter(isMessage).map(({ from }) => from).filter((userid) => !known.has(userid)));
    this.#index.people = [...this.#index.people, ...[...others].map((userid) => person(userid).peek())].slice(-MAX_PEOPLE);
  }

  #newSlot() {
    const { slots, pictures } = this.#index;
    return Math.max(INDEX, ...Object.values(slots), ...Object.values(pictures).map(({ slot }) => slot)) + 1;
  }

  #addresses() {
    const { rows, people, sent } = this.#index;
    const all = [...rows.map(({ picture }) => picture), ...people.map(({ avatar }) => avatar), ...Object.values(sent).flat()];
    return [...new Set(all)].filter((one) => one && !STANDARD.some((standard) => one.endsWith(standard))).slice(0, MAX_PICTURES);
  }

  /** @param {string} address */
  async #getPicture(address) {
    const isSent = Object.values(this.#index.sent).some((some) => some.includes(address));
    const image = await (isSent ? seen(address) : small(avatarAs(address)[0]));
    if (!image) return void this.#missing.add(lasting(address));
    const slot = this.#newSlot();
    this.#index.pictures[lasting(address)] = { slot, type: image.type };
    await this.vault.keepBytes(slot, new Uint8Array(await image.arrayBuffer()));
  }

  async #keepIndex() {
    const index = this.#index;
    index.people = [...new Set([me.peek(), ...index.people.map(({ userid }) => userid)])].map((userid) => person(userid).peek());
    const addresses = new Set(this.#addresses().map(lasting));
    index.pictures = Object.fromEntries(Object.entries(index.pictures).filter(([address]) => addresses.has(address)));
    const text = JSON.stringify(index);
    if (text !== this.#kept) await this.vault.keep(INDEX, index);
    this.#kept = text;
    await this.vault.removeOthers(new Set([INDEX, ...Object.values(index.slots), ...Object.values(index.pictures).map(({ slot }) => slot)]));
    if (link().state !== "open" || Date.now() < this.#touchedAt + TOUCH_MS) return;
    this.#touchedAt = Date.now();
    await this.vault.touch(config.history?.days ?? 0);
  }
}

/** What is written in the boxes is kept elsewhere. @returns {Conversation[]} */
const rowsNow = () =>
  ordered
    .peek()
    .filter(({ id, request }) => !request && id)
    .slice(0, MAX_CONVERSATIONS)
    .map((row) => ({ ...row, draft: "" }));

/** @param {Conversation | undefined} before @param {Conversation | undefined} now */
const isSame = (before, now) => before !== undefined && now !== undefined && before.hidden_count === now.hidden_count && before.cleared === now.cleared;

/** A picture that was sent, made small, if the browser has it because it was shown: nothing is loaded for this. @param {string} address */
async function seen(address) {
  const url = fileAt(address, location.origin);
  const shown = url && shownAs(url)[0];
  try {
    const answer = shown ? await fetch(shown, { cache: "only-if-cached", mode: "same-origin" }) : undefined;
    return answer?.ok ? await shrunk(await answer.blob()) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Blob} blob */
async function shrunk(blob) {
  const picture = await createImageBitmap(blob, { resizeWidth: SIDE, resizeQuality: "medium" });
  const canvas = new OffscreenCanvas(picture.width, Math.min(picture.height, 2 * SIDE));
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.7 });
}

/** A picture, if it is small. @param {string} url @returns {Promise<Blob | undefined>} */
async function small(url) {
  try {
    const answer = await fetch(url);
    const blob = answer.ok ? await answer.blob() : undefined;
    return blob && blob.size <= MAX_PICTURE_BYTES && blob.type.startsWith("image/") ? blob : undefined;
  } catch {
    return undefined;
  }
}
