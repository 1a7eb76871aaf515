// What the server tells, to the states that it changes.

import { batch, effect, signal } from "../../vendor/signals.js";
import { config } from "../config.js";
import { isGroup, peerOf } from "../text/conversation_ids.js";
import { call } from "../wire/api.js";
import { PAGE } from "../wire/first_requests.js";
import { isLoggedOut } from "../wire/proving.js";
import * as conversations from "./conversations.js";
import { learnDraft } from "./drafts.js";
import { groupChanged, groupsAnew, pictureChanged } from "./groups.js";
import { grows, isSent } from "./growing.js";
import { forgetMarks, otherHasRead } from "./marks.js";
import { amendedPin, loadPins } from "./pins.js";
import { setOnline, setPresence } from "./presence.js";
import { quiet } from "./quiet.js";
import { me, signOut } from "./session.js";
import { opened, readAnew } from "./timelines.js";
import { startsTyping, stopsTyping } from "./typing.js";

/** @typedef {import("../types.js").ServerEvent} ServerEvent */
/** @typedef {import("../types.js").Message} Message */

const PAUSE = 60;

/** The last new message of somebody else, for notifications. */
export const arrived = signal(/** @type {Message | null} */ (null));
/** The last group that one more person asks to join, for notifications. */
export const asksToJoin = signal(/** @type {{ conversation: string, count: number } | null} */ (null));
/** What a moderator did to the user: null if nothing. */
export const standing = signal(/** @type {{ muted_until?: number | null, banned?: boolean, reason?: string } | null} */ (null));
/** Until when the user is muted in single groups: 0 if no longer, null if for good. */
export const mutedThere = signal(/** @type {Map<string, number | null>} */ (new Map()));
/** What a moderator warned the user of, until that is put away: null if nothing. */
export const warning = signal(/** @type {string | null} */ (null));

/** Rises when the user has saved or removed a sticker. */
export const stickersChanged = signal(0);

/** @type {Record<string, (event: any) => void>} */
const handlers = {
  message: onMessage,
  edited({ conversation, target, content, id, card }) {
    opened(conversation)?.edit(target, content, id, card);
    amendedPin(conversation, target);
    const last = conversations.conversations.value.get(conversation)?.last;
    if (last && last.id === target) conversations.amend(conversation, { last: { ...last, content } });
  },
  preview({ conversation, target, preview }) {
    opened(conversation)?.learnPreview(target, preview);
  },
  recalled({ conversation, target, by }) {
    opened(conversation)?.recall(target, by);
    amendedPin(conversation, target);
    // Counts and the last message are the server's to say.
    void conversations.refresh(conversation);
  },
  restored({ ev, by, target, sent, ...message }) {
    const { conversation } = message;
    opened(conversation)?.restore({ ...message, id: target, time: sent });
    void conversations.refresh(conversation);
  },
  reaction({ conversation, target, ...reaction }) {
    opened(conversation)?.react(target, /** @type {any} */ (reaction));
  },
  notice: onNotice,
  standing: onAccountStatus,
  read: onRead,
  conversation: onConversationChanged,
  requests: onRequests,
  left: leftElsewhere,
  quiet: ({ quiet: hours }) => (quiet.value = hours),
  typing({ conversation, from }) {
    if (from !== me.value) startsTyping(conversation, from);
  },
  growing(event) {
    stopsTyping(event.conversation, event.from);
    grows(event);
  },
  presence: ({ user, online }) => setPresence(user, online),
  online: ({ users }) => setOnline(users),
  gap() {
    // Another log has other messages behind the same ids.
    forgetMarks();
    readAnew();
    void groupsAnew();
    void conversations.loadAnew();
  },
};

/** Deal with another kind of events. @param {string} ev @param {(event: any) => void} handler */
export const onEvent = (ev, handler) => void (handlers[ev] = handler);

/** @type {ServerEvent[]} */
let waiting = [];
let isPausing = false;

/**
 * An event, in its order. Of many that come at once, those that come soon after the first are dealt with together, so
 * that the page is not drawn for each of them.
 *
 * @param {ServerEvent} event
 */
export function take(event) {
  waiting.push(event);
  // One's own message leaves the outbox right after it has come here; it is always in one of the two.
  if (!isPausing || event.isOwn || document.hidden) dealWithAll();
}

function dealWithAll() {
  if (waiting.length === 0) return;
  const events = waiting;
  waiting = [];
  batch(() => {
    for (const event of events) handlers[event.ev]?.(event);
  });
  if (!isPausing) pause();
}

function pause() {
  isPausing = true;
  setTimeout(() => {
    isPausing = false;
    dealWithAll();
  }, PAUSE);
}

/** @param {ServerEvent & Message} event */
function onMessage({ ev, isOwn, ...fields }) {
  const message = /** @type {Message} */ ({ edited: null, reactions: {}, ...fields });
  const isMine = message.from === me.value;
  opened(message.conversation)?.take(message);
  conversations.onMessage(message, { isOwn: isMine });
  stopsTyping(message.conversation, message.from);
  isSent(message);
  if (!isMine) arrived.value = message;
}

/** @param {any} event */
function onNotice({ ev, ...notice }) {
  const { conversation, left = [] } = notice;
  opened(conversation)?.take({ ...notice, isNotice: true });
  if (notice.history) opened(conversation)?.forget();
  if (notice.history || changesPins(notice)) void loadPins(conversation);
  if (isGroup(conversation) && !left.includes(me.value)) void groupChanged(peerOf(conversation));
  void conversations.refresh(conversation);
}

/** @param {{ message_pinned?: number, message_unpinned?: number }} event */
const changesPins = (event) => event.message_pinned !== undefined || event.message_unpinned !== undefined;

/** The list's answer may be on its way, and older than these. @type {ServerEvent[]} */
const early = [];

effect(() => {
  if (conversations.loading.value !== "loading") queueMicrotask(() => early.splice(0).forEach(take));
});

/** @param {ServerEvent} event */
const isEarly = (event) => conversations.loading.peek() === "loading" && early.push(event) > 0;

/** @param {any} event */
function onRequests(event) {
  if (isEarly(event)) return;
  const { conversation, count } = event;
  const before = conversations.conversations.peek().get(conversation)?.requests ?? 0;
  conversations.changed(conversation, { requests: count });
  if (count > before) asksToJoin.value = { conversation, count };
}

/** On another device or in another tab, the user has changed it; or a group shows another picture. @param {any} event */
function onConversationChanged(event) {
  if (!isEarly(event)) change(event);
}

/** @param {any} event */
function change({ ev, conversation, cleared, draft, hidden, unhidden, ...changed }) {
  if (hidden) return hide(conversation, hidden);
  if (unhidden) return unhide(conversation, unhidden);
  if (changed.starred) return opened(conversation)?.star(changed.starred, true);
  if (changed.unstarred) return opened(conversation)?.star(changed.unstarred, false);
  if (changesPins(changed)) return void loadPins(conversation);
  if (changed.stickers) return void (stickersChanged.value += 1);
  if (changed.notice_confirmed) return void groupChanged(peerOf(conversation));
  if (draft !== undefined) learnDraft({ id: conversation, draft });
  if (changed.picture) {
    // As the list has it: otherwise it would be loaded once more.
    changed.picture = new URL(changed.picture, location.href).href;
    pictureChanged(peerOf(conversation), changed.picture);
  }
  conversations.changed(conversation, changed);
  if (cleared === undefined) return;
  opened(conversation)?.clear(cleared);
  void conversations.refresh(conversation);
}

/** @param {string} conversation @param {number[]} ids */
function hide(conversation, ids) {
  opened(conversation)?.hide(ids);
  countHidden(conversation, ids.length);
  for (const id of ids) amendedPin(conversation, id);
}

/** @param {string} conversation @param {number[]} ids */
function unhide(conversation, ids) {
  void putBack(conversation, ids);
  countHidden(conversation, -ids.length);
  void loadPins(conversation);
}

/** Messages that were hidden, in their places. @param {string} conversation @param {number[]} ids */
async function putBack(conversation, ids) {
  const timeline = opened(conversation);
  if (!timeline) return;
  timeline.unhide(ids);
  // Of an empty list, nobody knows the place.
  if (timeline.items.peek().length === 0) return timeline.forget();
  try {
    for (let left = ids; left.length > 0; ) {
      const { items } = await call("GET", timeline.path, { query: { around: left[0], limit: PAGE } });
      const messages = new Map(items.map((/** @type {Message} */ message) => [message.id, message]));
      batch(() => left.filter((id) => messages.has(id)).forEach((id) => timeline.restore(messages.get(id))));
      left = left.slice(1).filter((id) => !messages.has(id));
    }
  } catch {
    timeline.forget();
  }
}

/** @param {string} conversation @param {number} by   how many more are hidden */
function countHidden(conversation, by) {
  const known = conversations.conversations.peek().get(conversation);
  conversations.amend(conversation, { hidden_count: (known?.hidden_count ?? 0) + by });
  // Counts and the last message are the server's to say.
  void conversations.refresh(conversation);
}

/** @param {any} event */
function onAccountStatus({ ev, id, conversation, muted_until, warned, ...status }) {
  if (conversation) mutedThere.value = new Map(mutedThere.value).set(conversation, muted_until);
  else if (warned) warning.value = status.reason ?? "";
  // It says only what has changed.
  else standing.value = { ...standing.value, ...(muted_until !== undefined && { muted_until }), reason: "", ...status };
}

/** The user has left in another tab. */
function leftElsewhere() {
  if (config.mode === "open") signOut();
  else isLoggedOut.value = true;
}

/** @param {any} event */
function onRead(event) {
  const { conversation, user, upto, unread } = event;
  if (user !== me.value) return otherHasRead(conversation, upto);
  if (isEarly(event)) return;
  const existing = conversations.conversations.value.get(conversation);
  if (!existing) return conversations.recount();
  if (upto <= existing.read) return;
  if (unread !== undefined) conversations.amend(conversation, { read: upto, unread });
  else if (upto >= (existing.last?.id ?? 0)) conversations.amend(conversation, { read: upto, unread: 0 });
  else void conversations.refresh(conversation);
}
