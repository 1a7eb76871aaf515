// The user's conversations as far as they are known, and how many messages are unread.

import { batch, computed, signal } from "../../vendor/signals.js";
import { asset } from "../config.js";
import { call, part } from "../wire/api.js";
import { LIST, ROWS } from "../wire/first_requests.js";
import { isGroup, ofPerson, peerOf } from "../text/conversation_ids.js";
import { learnDraft } from "./drafts.js";
import { elsewhere, firstPages, isAllKnown, knownFrom, less, nexts, pageOf } from "./folders.js";
import { groupChanged } from "./groups.js";
import { isNewGroup } from "./invitations.js";
import { otherHasRead } from "./marks.js";
import { learn, person, remarks, awaitedForPeople } from "./people.js";
import { mentionsMe } from "./mentioning.js";
import { me } from "./session.js";
import { opened } from "./timelines.js";
import { t } from "../text/words.js";

/** @typedef {import("../types.js").Conversation} Conversation */
/** @typedef {import("../types.js").Message} Message */

/** @typedef {import("./folders.js").Folder} Folder */

const PICTURE_MS = 2000;
const RECOUNT_MS = 2000;

/** By id. @type {import("../../vendor/signals.js").Signal<Map<string, Conversation>>} */
export const conversations = signal(new Map());
/** "loading" until the first answer, then "ready"; "failed" if there was none. */
export const loading = signal(/** @type {"loading" | "ready" | "failed"} */ ("loading"));

/** The ids of conversations with people for which the user has written something that the server has not accepted,
 * with blanks between them. */
export const unsent = signal("");

/** The archived ones too: pinned ones first, then those that the server does not have, then the latest. */
export const ordered = computed(() => {
  const all = [...conversations.value.values()].filter(({ removed }) => !removed);
  const latest = all.sort((a, b) => placeOf(b) - placeOf(a));
  return [...latest.filter(({ pinned }) => pinned), ...begunHere(), ...latest.filter(({ pinned }) => !pinned)];
});

/** Those that others have begun and that wait until the user accepts them. */
export const apart = computed(() => ordered.value.filter(({ request }) => request));
const main = computed(() => ordered.value.filter(({ archived, request }) => !archived && !request));
/** Without those that are known besides, of which the next page may tell what stands above them. */
export const listed = computed(() =>
  main.value.filter((one) => one.pinned || placeOf(one) >= knownFrom.value || !conversations.value.has(one.id)),
);
export const archived = computed(() => ordered.value.filter(({ archived, request }) => archived && !request));

/** What the user calls it. @param {Conversation} one */
export const titleOf = ({ id, title, remark }) => remark || (id === ofPerson(me.peek()) ? t("Saved for myself") : title);

/** @param {Conversation} one */
const placeOf = ({ last, joined }) => Math.max(last?.id ?? 0, joined?.id ?? 0);

/** @type {Omit<Conversation, "id" | "title" | "picture">} */
const BEGUN = {
  last: null,
  joined: null,
  unread: 0,
  mentioned: 0,
  read: 0,
  read_by_other: null,
  cleared: 0,
  role: "",
  muted: false,
  notify: "all",
  pinned: false,
  archived: false,
  marked_unread: false,
  remark: "",
  draft: "",
  removed: false,
  request: false,
  hidden_count: 0,
};

/** Without a row in the list, nobody would find again what was refused there. @returns {Conversation[]} */
const begunHere = () =>
  unsent.value
    .split(" ")
    .filter((id) => id && !conversations.value.has(id))
    .map((id) => {
      const { nickname, avatar, bot, userid } = person(peerOf(id)).value;
      return { ...BEGUN, id, title: nickname || userid, picture: avatar, bot };
    });

/** How many messages are unread; to be put into a group counts as one, and so does what the user has marked.
 * @param {Conversation} one */
export const unreadIn = (one) => one.unread + Number(isNewGroup(one)) || Number(one.marked_unread);

/** How many messages are unread where notifications are wanted. */
export const unread = computed(() => unreadKnown.value + elsewhere.value.unread);
const unreadKnown = computed(() => main.value.reduce((sum, one) => sum + (one.muted ? 0 : unreadIn(one)), 0));

/** As the server counts them. @returns {import("./folders.js").Counts} */
const countsKnown = () => ({
  unread: unreadKnown.value,
  archived: archived.value.length,
  requests: apart.value.length,
});

/** Questions that are about to be asked. @type {Map<string, Promise<void>>} */
const refreshing = new Map();
/** Questions whose answers are awaited. @type {Map<string, Promise<void>>} */
const pending = new Map();

/** Groups whose pictures were asked for once more. @type {Set<string>} */
const awaited = new Set();

/** Ask for the first of them, or for as many as are listed. */
export async function load() {
  try {
    const page = await awaitedForPeople(firstPages(Math.max(ROWS, listed.peek().length)));
    const inPage = new Set(page.items.map(({ id }) => id));
    const others = [...conversations.peek().values()].filter(({ id }) => !inPage.has(id) && opened(id));
    batch(() => {
      page.items.forEach(learnAll);
      conversations.value = new Map([...page.items.map(newest), ...others].map((one) => [one.id, one]));
      nexts.value = new Map();
      reach("main", page);
      elsewhere.value = page.counts ? less(page.counts, countsKnown()) : { unread: 0, archived: 0, requests: 0 };
      loading.value = "ready";
    });
    others.forEach(({ id }) => void refresh(id));
  } catch {
    if (loading.value === "loading") loading.value = "failed";
  }
}

/** The folder is known to the end of this page. @param {Folder} folder @param {import("./folders.js").Page} page */
function reach(folder, { items, next = null }) {
  nexts.value = new Map(nexts.peek()).set(folder, next);
  // The last of them may have moved since the first page was read, and is then no longer the lowest.
  const places = items.filter(({ pinned }) => !pinned).map(placeOf);
  if (folder === "main") knownFrom.value = next && places.length ? Math.min(...places) : 0;
}

/** Pages that are on their way. @type {Map<Folder, Promise<void>>} */
const coming = new Map();

/** Ask for the next page of a folder. Raises Failure. @param {Folder} folder */
export function more(folder) {
  const running = coming.get(folder);
  if (running) return running;
  const page = askForMore(folder).finally(() => coming.delete(folder));
  coming.set(folder, page);
  return page;
}

/** @param {Folder} folder */
async function askForMore(folder) {
  const before = nexts.peek();
  const page = await awaitedForPeople(pageOf(folder, ROWS, before.get(folder)));
  // The list may have been loaded anew meanwhile.
  if (nexts.peek().get(folder) !== before.get(folder)) return;
  batch(() => {
    merge(page.items);
    reach(folder, page);
  });
}

/** Conversations whose names or remarks have this, known or not. Raises Failure. @param {string} q @param {AbortSignal} [signal] @returns {Promise<Set<string>>} their ids */
export async function find(q, signal) {
  if (isAllKnown()) return new Set();
  const { items } = await awaitedForPeople(call("GET", LIST, { query: { q, limit: ROWS }, signal }));
  merge(items);
  return new Set(items.map((/** @type {Conversation} */ { id }) => id));
}

/** What was counted elsewhere until now. @param {Conversation[]} items */
function merge(items) {
  batch(() => {
    const before = countsKnown();
    items.forEach(learnAll);
    conversations.value = new Map([...conversations.value, ...items.map((one) => /** @type {const} */ ([one.id, newest(one)]))]);
    elsewhere.value = less(elsewhere.value, less(countsKnown(), before));
  });
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let recounting;

/** Something has changed in conversations that are not known, or one of them is known now. */
export function recount() {
  if (!isAllKnown()) recounting ??= setTimeout(() => void count(), RECOUNT_MS);
}

async function count() {
  try {
    const { counts } = await pageOf("main", 1);
    if (counts) elsewhere.value = less(counts, countsKnown());
  } catch {
    // The next change counts again.
  }
  recounting = undefined;
}

/** @param {Conversation} one */
function learnAll(one) {
  learnMark(one);
  learnPerson(one);
  learnRemark(one);
  learnDraft(one);
}

/** Know none of them any more, and ask for the first. */
export function loadAnew() {
  conversations.value = new Map();
  loading.value = "loading";
  return load();
}

/** What is known may be newer than an answer which was on its way meanwhile. @param {Conversation} answer */
function newest(answer) {
  const known = conversations.value.get(answer.id);
  // Another device has hidden messages while there was no line.
  if (known && known.hidden_count !== answer.hidden_count) opened(answer.id)?.forget();
  if (!known || !isNewer(known, answer)) return answer;
  void refresh(answer.id);
  return known;
}

/** @param {Conversation} one @param {Conversation} other */
const isNewer = (one, other) => (one.last?.id ?? 0) > (other.last?.id ?? 0) || one.read > other.read;

/** Ask for one anew; it goes if the user no longer has it. @param {string} id */
export function refresh(id) {
  const running = refreshing.get(id);
  if (running) return running;
  // Events come in bursts: one question for each burst.
  const answer = new Promise((resolve) => setTimeout(resolve, 150)).then(() => {
    refreshing.delete(id);
    return ask(id);
  });
  refreshing.set(id, answer);
  pending.set(id, answer);
  void answer.then(() => pending.get(id) === answer && pending.delete(id));
  return answer;
}

/** The conversation, which is asked for if it is not known. @param {string} id @returns {Promise<Conversation | undefined>} */
export async function known(id) {
  if (!conversations.peek().has(id)) await (pending.get(id) ?? ask(id));
  return conversations.peek().get(id);
}

/** The user may have none with this person yet, which is no failure. @param {string} id */
const first = async (id) => (await call("GET", LIST, { query: { ids: id } })).items[0];

/** @param {string} id */
async function ask(id) {
  const before = conversations.value.get(id);
  try {
    const answer = await (before ? call("GET", `conversations/${part(id)}`) : first(id));
    if (!answer) return;
    const known = conversations.value.get(id);
    if (known && known !== before && (isNewer(known, answer) || known.picture !== before?.picture)) void refresh(id);
    else put(answer);
    if (!known) {
      learnAll(answer);
      recount();
    }
    awaitPicture(answer);
  } catch (error) {
    if (/** @type {Error} */ (error).name === "not_found") remove(id);
  }
}

/** Whether it shows what groups show that have no picture. @param {string | undefined} picture */
const isBare = (picture) => !!picture?.endsWith(asset("group.jpg"));

/** The server makes a new group's picture a moment after the group, and tells of it unless the group is large.
 * @param {Conversation} conversation */
function awaitPicture({ id, picture }) {
  if (awaited.has(id) || !isBare(picture)) return;
  awaited.add(id);
  setTimeout(() => {
    if (isBare(conversations.peek().get(id)?.picture)) void Promise.all([refresh(id), groupChanged(peerOf(id))]);
  }, PICTURE_MS);
}

/** @param {Conversation} conversation */
const learnMark = ({ id, read_by_other }) => otherHasRead(id, read_by_other ?? 0);

/** @param {Conversation} conversation */
function learnRemark({ id, remark }) {
  if (isGroup(id) || (remarks.peek().get(peerOf(id)) ?? "") === remark) return;
  remarks.value = new Map(remarks.peek()).set(peerOf(id), remark);
}

/** @param {Conversation} conversation */
function learnPerson({ id, title, picture, bot }) {
  const userid = peerOf(id);
  if (!isGroup(id)) learn({ userid, nickname: title === userid ? "" : title, avatar: picture, bot });
}

/** @param {Conversation} conversation */
export function put(conversation) {
  learnMark(conversation);
  learnRemark(conversation);
  conversations.value = new Map(conversations.value).set(conversation.id, conversation);
}

/** @param {string} id */
export function remove(id) {
  const left = new Map(conversations.value);
  if (left.delete(id)) conversations.value = left;
}

/** @param {string} id @param {Partial<Conversation>} change */
export function amend(id, change) {
  const existing = conversations.value.get(id);
  if (!existing) return;
  const now = { ...existing, ...change };
  put({ ...now, mentioned: Math.min(now.mentioned, now.unread) });
}

/** The user has changed one elsewhere. @param {string} id @param {Partial<Conversation>} change */
export function changed(id, change) {
  if (conversations.value.has(id) || isAllKnown()) amend(id, change);
  // A picture shows only where the conversation does.
  else if (Object.keys(change).some((name) => name !== "picture")) void refresh(id);
}

/** What a new message changes. @param {Message} message @param {{ isOwn: boolean }} of */
export function onMessage(message, { isOwn }) {
  const existing = conversations.value.get(message.conversation);
  if (!existing) return void refresh(message.conversation);
  if (message.id <= (existing.last?.id ?? 0)) return;
  put({ ...existing, last: message, joined: null, removed: false, request: existing.request && !isOwn, unread: existing.unread + (isOwn ? 0 : 1), mentioned: existing.mentioned + Number(!isOwn && mentionsMe(message)) });
}

/**
 * Change it for oneself. The server tells the user's other devices and tabs. Raises Failure.
 *
 * @param {string} id
 * @param {{ muted?: boolean, pinned?: boolean, archived?: boolean, unread?: boolean, request?: false, remark?: string }} wishes
 */
export const wish = async (id, wishes) => put(await call("PATCH", `conversations/${part(id)}`, { body: wishes }));

/** Take it off the list until something new is written. Raises Failure. @param {string} id */
export async function takeOff(id) {
  await call("DELETE", `conversations/${part(id)}`);
  amend(id, { removed: true });
}

/** Show nothing more of what is there now. Raises Failure. @param {string} id */
export const clear = (id) =>
  call("POST", `conversations/${part(id)}/clear`, { body: { upto: conversations.peek().get(id)?.last?.id ?? 0 } });

/** The people whom the user has conversations with, latest first. */
export const peers = computed(() =>
  listed.value.filter(({ id }) => !isGroup(id)).map(({ id }) => id.slice(2)),
);
