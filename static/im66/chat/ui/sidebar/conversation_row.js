// One conversation in the list.

import { html, useComputed, useMemo } from "../../html.js";
import { waitingFor } from "../../state/client.js";
import { titleOf, unreadIn } from "../../state/conversations.js";
import { today } from "../../state/days.js";
import { drafts } from "../../state/drafts.js";
import { lastWords } from "../../state/last_words.js";
import { nameOf } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { query } from "../../state/searching.js";
import { me } from "../../state/session.js";
import { typing } from "../../state/typing.js";
import { hashOf, isGroup, peerOf } from "../../text/conversation_ids.js";
import { pieces } from "../../text/finding.js";
import { brief } from "../../text/times.js";
import { counted, t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { Icon } from "../parts/icon.js";
import { noticeText } from "../stream/notices.js";
import { Marked } from "../parts/marked.js";

/** @typedef {import("../../types.js").Conversation} Conversation */

const MOST_SHOWN = 99;
/** @type {string[]} */
const NOBODY = [];

/**
 * @param {{ conversation: Conversation, at: number, count: number, isShown: boolean, isReached: boolean, onFocus: (id: string) => void, onMenu: (place: { id: string, x: number, y: number }) => void }} props
 *   `at`: its place among `count`, of which not all are drawn; `isReached`: by the Tab key
 */
export function ConversationRow({ conversation, at, count, isShown, isReached, onFocus, onMenu }) {
  const { id, picture, bot } = conversation;
  const title = titleOf(conversation);
  const gestures = useMenuGestures((x, y) => onMenu({ id, x, y }));
  const openBelow = (/** @type {any} */ event) => {
    const { left, bottom } = event.currentTarget.getBoundingClientRect();
    onMenu({ id, x: left, y: bottom });
  };
  return html`
    <li class="row" aria-posinset=${at + 1} aria-setsize=${count} onFocusIn=${() => onFocus(id)}>
      <a class="row-link" href=${hashOf(id)} aria-current=${isShown ? "page" : undefined} tabindex=${isReached ? 0 : -1} draggable=${false} ...${gestures}>
        <${Avatar} src=${picture} name=${title} id=${peerOf(id)} userid=${isGroup(id) ? undefined : peerOf(id)} />
        <span class="row-words">
          <span class="row-line">
            <bdi class="row-title"><${Marked} pieces=${pieces(title, query.value)} /></bdi>
            <${BotBadge} is=${bot} />
            <${When} conversation=${conversation} />
          </span>
          <span class="row-line">
            <${Preview} conversation=${conversation} />
            <${Signs} conversation=${conversation} />
          </span>
        </span>
      </a>
      <button class="icon-button row-more" aria-label=${t("More about {title}", { title })} aria-haspopup="menu" tabindex=${isReached ? 0 : -1} onClick=${openBelow}><${Icon} name="more" /></button>
    </li>
  `;
}

/** @param {{ conversation: Conversation }} props */
function When({ conversation }) {
  const unsent = useComputed(() => latestUnsent(conversation));
  // Read, so that it is said anew when the day is over.
  const time = unsent.value ? unsent.value.at / 1000 : (conversation.joined ?? conversation.last)?.time;
  if (!time || !today.value) return null;
  return html`<time class="row-time">${brief(time, language.value)}</time>`;
}

/** What the user has written there last, if the server has not accepted it. @param {Conversation} conversation */
function latestUnsent({ id, last }) {
  const unsent = waitingFor(id).at(-1);
  return unsent && unsent.at / 1000 >= (last?.time ?? 0) ? unsent : undefined;
}

/** Who is writing, or what one has begun to write, or the last message, also one that is not sent. @param {{ conversation: Conversation }} props */
function Preview({ conversation }) {
  const { id, last, joined } = conversation;
  const writers = useComputed(() => typing.value.get(id) ?? NOBODY);
  const draft = useComputed(() => drafts.value.get(id)?.trim() ?? "");
  const unsent = useComputed(() => latestUnsent(conversation));
  if (writers.value.length > 0) return html`<span class="row-preview writing">${writing(id, writers.value)}</span>`;
  if (draft.value) {
    return html`<span class="row-preview"><span class="row-draft">${t("[Draft]")}</span> <bdi>${draft.value}</bdi></span>`;
  }
  if (unsent.value) return html`<bdi class="row-preview">${lastWords({ ...unsent.value, conversation: id, from: me.value })}</bdi>`;
  if (joined) return html`<bdi class="row-preview">${noticeText(joined)}</bdi>`;
  return html`<bdi class="row-preview">${last ? lastWords(last) : ""}</bdi>`;
}

/** @param {string} id @param {string[]} userids */
function writing(id, userids) {
  if (!isGroup(id)) return t("writing…");
  if (userids.length > 1) return t("{count} people are writing…", { count: userids.length });
  return t("{name} is writing…", { name: nameOf(userids[0]) });
}

/** @param {{ conversation: Conversation }} props */
function Signs({ conversation }) {
  const { id, muted, pinned, mentioned, requests = 0 } = conversation;
  const unread = unreadIn(conversation);
  const hasFailed = useComputed(() => waitingFor(id).some((one) => one.failed));
  return html`
    <span class="row-signs">
      ${hasFailed.value && html`<span class="row-failed"><${Icon} name="error" label=${t("Not sent")} /></span>`}
      ${muted && html`<${Icon} name="bellOff" label=${t("Notifications muted")} />`}
      ${pinned && html`<${Icon} name="pin" label=${t("Pinned")} />`}
      ${requests > 0 && html`<span class="badge requests"><${Icon} name="person" /><span aria-hidden="true">${requests}</span><span class="visually-hidden">${counted(requests, "1 person asks to join", "{count} people ask to join")}</span></span>`}
      ${mentioned > 0 && html`<span class="badge mention"><span aria-hidden="true">@</span><span class="visually-hidden">${counted(mentioned, "1 mention", "{count} mentions")}</span></span>`}
      ${unread > 0 && html`<${Badge} count=${conversation.unread || !conversation.marked_unread ? unread : 0} isQuiet=${muted} />`}
    </span>
  `;
}

/** @param {{ count: number, isQuiet: boolean }} props   `count`: 0 if the user has marked it as unread */
function Badge({ count, isQuiet }) {
  if (!count) return html`<span class="badge dot ${isQuiet ? "quiet" : ""}"><span class="visually-hidden">${t("Marked as unread")}</span></span>`;
  return html`
    <span class="badge ${isQuiet ? "quiet" : ""}">
      <span aria-hidden="true">${count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}</span>
      <span class="visually-hidden">${counted(count, "1 unread message", "{count} unread messages")}</span>
    </span>
  `;
}

// How a row's menu is asked for: with the right button, the menu key, or a finger that stays.
const STAYS_MS = 500;
// A finger never lies quite still.
const SLIP = 10;

/**
 * Attributes for the row's link.
 *
 * @param {(x: number, y: number) => void} onMenu
 */
function useMenuGestures(onMenu) {
  return useMemo(() => gestures(onMenu), []);
}

/** @param {(x: number, y: number) => void} onMenu */
function gestures(onMenu) {
  let start = { x: 0, y: 0 };
  let wasLong = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const end = () => clearTimeout(timer);
  const open = (/** @type {number} */ x, /** @type {number} */ y) => {
    end();
    wasLong = true;
    onMenu(x, y);
  };
  /** @type {Record<string, (event: any) => void>} */
  const handlers = {
    onPointerDown({ pointerType, clientX, clientY }) {
      wasLong = false;
      if (pointerType !== "touch") return;
      start = { x: clientX, y: clientY };
      timer = setTimeout(() => open(clientX, clientY), STAYS_MS);
    },
    onPointerMove({ clientX, clientY }) {
      if (Math.hypot(clientX - start.x, clientY - start.y) > SLIP) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
    onContextMenu(event) {
      event.preventDefault();
      if (wasLong) return;
      const { left, bottom } = event.currentTarget.getBoundingClientRect();
      // The menu key has no place of its own.
      if (event.button === 2 || event.clientX) onMenu(event.clientX, event.clientY);
      else onMenu(left, bottom);
    },
    onClick(event) {
      if (wasLong) event.preventDefault();
      wasLong = false;
    },
  };
  return handlers;
}
