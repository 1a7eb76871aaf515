// Whom the conversation is with, and what can be opened for it.

import { html } from "../../html.js";
import { conversations, unread, unreadIn } from "../../state/conversations.js";
import { group, nameIn } from "../../state/groups.js";
import { isPanelOpen, isSearching } from "../../state/panel.js";
import { nameOf, person } from "../../state/people.js";
import { online } from "../../state/presence.js";
import { me } from "../../state/session.js";
import { typing } from "../../state/typing.js";
import { isGroup, peerOf } from "../../text/conversation_ids.js";
import { counted, t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { Icon } from "../parts/icon.js";

/** @param {{ conversation: string }} props */
export function ConversationHead({ conversation }) {
  return html`
    <header class="head">
      <${Back} conversation=${conversation} />
      <${HeadPicture} conversation=${conversation} />
      <div class="head-words">
        <h2 class="head-title"><bdi>${titleOf(conversation)}</bdi><${BotBadge} is=${!isGroup(conversation) && person(peerOf(conversation)).value.bot} /></h2>
        <p class="head-subtitle">${subtitleOf(conversation)}</p>
      </div>
      <${Toggle} icon="search" label=${t("Search in this conversation")} state=${isSearching} />
      <${Toggle} icon="info" label=${t("About this conversation")} state=${isPanelOpen} requests=${conversations.value.get(conversation)?.requests} />
    </header>
  `;
}

/** The way to the list, with how much is unread elsewhere. @param {{ conversation: string }} props */
function Back({ conversation }) {
  const here = conversations.value.get(conversation);
  const count = unread.value - (here && !here.muted ? unreadIn(here) : 0);
  const label = count > 0 ? t("Back to the conversations, {count} unread", { count }) : t("Back to the conversations");
  return html`
    <a class="icon-button head-back" href="#/" aria-label=${label}>
      <${Icon} name="back" />
      ${count > 0 && html`<span class="head-unread" aria-hidden="true">${count > 99 ? "99+" : count}</span>`}
    </a>
  `;
}

/** @param {{ conversation: string }} props */
function HeadPicture({ conversation }) {
  const peer = peerOf(conversation);
  if (!isGroup(conversation)) return html`<${Avatar} src=${person(peer).value.avatar} name=${nameOf(peer)} id=${peer} userid=${peer} />`;
  const picture = group(peer).value?.group.picture ?? conversations.value.get(conversation)?.picture ?? "";
  return html`<${Avatar} src=${picture} name=${titleOf(conversation)} id=${peer} />`;
}

/** @param {{ icon: string, label: string, state: import("../../../vendor/signals.js").Signal<boolean>, requests?: number }} props   `requests`: of people who want to join */
function Toggle({ icon, label, state, requests = 0 }) {
  const toggle = () => (state.value = !state.value);
  return html`
    <button class="icon-button head-toggle" data-requests=${requests || undefined} aria-label=${label} aria-description=${requests > 0 ? counted(requests, "1 person asks to join", "{count} people ask to join") : undefined} title=${label} aria-pressed=${String(state.value)} onClick=${toggle}>
      <${Icon} name=${icon} />
    </button>
  `;
}

/** @param {string} conversation */
export function titleOf(conversation) {
  const peer = peerOf(conversation);
  if (peer === me.value && !isGroup(conversation)) return t("Saved for myself");
  if (!isGroup(conversation)) return nameOf(peer);
  return group(peer).value?.group.name ?? conversations.value.get(conversation)?.title ?? t("Group");
}

/** @param {string} conversation */
function subtitleOf(conversation) {
  const writing = typing.value.get(conversation) ?? [];
  const peer = peerOf(conversation);
  if (!isGroup(conversation)) {
    if (writing.length) return t("writing…");
    return online.value.has(peer) ? t("online") : peer;
  }
  if (writing.length) return t("{names} writing…", { names: writing.map((userid) => nameIn(conversation, userid)).join(", ") });
  const members = group(peer).value?.members.length;
  return members === undefined ? "" : counted(members, "1 member", "{count} members");
}
