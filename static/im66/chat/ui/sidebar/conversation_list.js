// The user's conversations: all of them, or those whose titles have what is searched for.

import { html, useEffect, useLayoutEffect, useRef, useSignal, useState } from "../../html.js";
import { archived, clear, load, loading, ordered, takeOff, titleOf, unreadIn, wish } from "../../state/conversations.js";
import { elsewhere } from "../../state/folders.js";
import { show, shown } from "../../state/route.js";
import { call, part } from "../../wire/api.js";
import { matchingConversations, query } from "../../state/searching.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { ConversationRow } from "./conversation_row.js";
import { MoreRows } from "./more_rows.js";
import { NewChatDialog, requestsButton } from "../seldom.js";
import { seen } from "../../state/reading.js";
import { complain } from "../../state/toasts.js";
import { Confirm } from "../parts/dialog.js";
import { Menu } from "../parts/menu.js";
import { drawn, useWindow } from "../parts/window.js";

// The list comes first.
const REQUESTS_MS = 1500;

/** @typedef {{ id: string, x: number, y: number }} MenuPlace */

export function ConversationList() {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const isArchive = useSignal(false);
  const [place, openMenu] = useState(/** @type {MenuPlace | null} */ (null));
  const [focused, setFocused] = useState("");
  const [RequestsButton, setButton] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const load = () => void requestsButton().then((module) => setButton(() => module.RequestsButton), () => {});
    const timer = setTimeout(load, REQUESTS_MS);
    return () => clearTimeout(timer);
  }, []);
  const isSearching = Boolean(query.value.trim());
  const inArchive = archived.value.length + elsewhere.value.archived;
  if (isArchive.value && inArchive === 0) isArchive.value = false;
  const all = isArchive.value && !isSearching ? archived.value : matchingConversations.value;
  // One of them is reached by Tab, the others from there by the arrow keys.
  const reached = [focused, shown.value].find((id) => all.some((one) => one.id === id)) ?? all[0]?.id;
  const window = useWindow(list, ".sidebar-rows", all.length);
  const beyond = all.length - Math.max(window.to, all.findIndex(({ id }) => id === reached) + 1);
  return html`
    <nav aria-label=${t("Conversations")}>
      ${!isSearching && RequestsButton && html`<${RequestsButton} />`}
      ${!isSearching && inArchive > 0 && html`<${ArchiveButton} isArchive=${isArchive} count=${inArchive} />`}
      ${all.length > 0 &&
      html`
        <ul class="rows" ref=${list}>
          ${drawn(all, window, all.findIndex(({ id }) => id === reached)).flatMap(({ one, at, skipped }) => [
            skipped > 0 && html`<${Room} key="before ${one.id}" height=${skipped * window.height} />`,
            html`<${ConversationRow} key=${one.id} conversation=${one} at=${at} count=${all.length} isShown=${one.id === shown.value} isReached=${one.id === reached} onFocus=${setFocused} onMenu=${openMenu} />`,
          ])}
          ${beyond > 0 && html`<${Room} key="beyond" height=${beyond * window.height} />`}
        </ul>
      `}
      ${!isSearching && loading.value === "ready" && html`<${MoreRows} folder=${isArchive.value ? "archived" : "main"} />`}
      ${!isSearching && html`<${Instead} />`}
    </nav>
    ${place && html`<${RowMenu} ...${place} onClose=${() => openMenu(null)} />`}
  `;
}

/** Instead of rows that are out of sight. @param {{ height: number }} props */
const Room = ({ height }) => html`<li aria-hidden="true" style=${{ height }}></li>`;

/** To the archived conversations and back. @param {{ isArchive: import("../../../vendor/signals.js").Signal<boolean>, count: number }} props */
function ArchiveButton({ isArchive, count }) {
  const toggle = () => (isArchive.value = !isArchive.value);
  return html`
    <button class="row-archive" onClick=${toggle} aria-expanded=${String(isArchive.value)}>
      <${Icon} name=${isArchive.value ? "back" : "archive"} />
      <span>${isArchive.value ? t("All conversations") : t("Archived ({count})", { count })}</span>
    </button>
  `;
}

/** What there is to see where there are no conversations, or not all of them. */
function Instead() {
  if (loading.value === "loading") return html`<${Loading} />`;
  const retry = () => {
    loading.value = "loading";
    void load();
  };
  // Single ones may be known all the same.
  if (loading.value === "failed") {
    return html`<${Nothing} text=${t("The conversations could not be loaded.")} action=${t("Try again")} onAct=${retry} />`;
  }
  if (ordered.value.length > 0) return null;
  return html`<${Nothing} text=${t("No conversations yet. Write to somebody, or make a group.")} action=${t("Start a chat")} onAct=${() => openDialog(NewChatDialog)} />`;
}

/** @param {{ text: string, action: string, onAct: () => void }} props */
function Nothing({ text, action, onAct }) {
  return html`
    <div class="rows-nothing">
      <p>${text}</p>
      <button class="button primary" onClick=${onAct}>${action}</button>
    </div>
  `;
}

function Loading() {
  return html`
    <div class="rows-loading" role="status">
      <span class="visually-hidden">${t("Loading the conversations")}</span>
      ${[1, 2, 3, 4, 5].map((one) => html`<div key=${one} class="row-ghost"><span /><span /></div>`)}
    </div>
  `;
}

// What can be done with a conversation in the list.
const EDGE = 8;

/** @param {{ id: string, x: number, y: number, onClose: () => void }} props */
function RowMenu({ id, x, y, onClose }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const conversation = ordered.value.find((one) => one.id === id);
  useLayoutEffect(() => {
    if (place.current) fit(place.current, x, y);
  }, [id, x, y]);
  if (!conversation) return null;
  return html`
    <div class="menu-place" ref=${place}>
      <${Menu} key="${x}/${y}/${id}" label=${titleOf(conversation)} entries=${entriesOf(conversation)} onClose=${onClose} />
    </div>
  `;
}

/** @param {import("../../types.js").Conversation} conversation */
function entriesOf(conversation) {
  const { id, last, muted, pinned, archived } = conversation;
  const title = titleOf(conversation);
  const change = (/** @type {Parameters<typeof wish>[1]} */ wishes) => () => void wish(id, wishes).catch(complain);
  const read = () => void (conversation.unread && last ? seen(id, last.id) : wish(id, { unread: false }).catch(complain));
  const toMention = { label: t("Go to the mention"), icon: "reply", onChoose: () => void showMention(conversation).catch(complain) };
  return [
    ...(conversation.mentioned ? [toMention] : []),
    unreadIn(conversation)
      ? { label: t("Mark as read"), icon: "checks", onChoose: read }
      : { label: t("Mark as unread"), icon: "unread", onChoose: change({ unread: true }) },
    { label: pinned ? t("Unpin") : t("Pin to the top"), icon: "pin", onChoose: change({ pinned: !pinned }) },
    { label: muted ? t("Unmute notifications") : t("Mute notifications"), icon: muted ? "bell" : "bellOff", onChoose: change({ muted: !muted }) },
    { label: archived ? t("Unarchive") : t("Archive"), icon: "archive", onChoose: change({ archived: !archived }) },
    { label: t("Clear messages"), icon: "eraser", isDangerous: true, onChoose: () => askToClear(id, title) },
    { label: t("Remove from the list"), icon: "trash", isDangerous: true, onChoose: () => askToTakeOff(id, title) },
  ];
}

/** The first that is unread. @param {import("../../types.js").Conversation} conversation */
async function showMention({ id, read }) {
  const { items } = await call("GET", `conversations/${part(id)}/messages`, { query: { mentioned: "true", after: read, limit: 1 } });
  show(id, items[0]?.id);
}

/** @param {string} id @param {string} title */
function askToClear(id, title) {
  openDialog(Confirm, {
    title: t("Clear the messages with {title}?", { title }),
    text: t("They disappear for you, on all your devices. Others still have them. You cannot undo it."),
    action: t("Clear messages"),
    onConfirm: () => clear(id).catch(complain),
  });
}

/** @param {string} id @param {string} title */
function askToTakeOff(id, title) {
  openDialog(Confirm, {
    title: t("Remove {title} from the list?", { title }),
    text: t("The conversation comes back with the next message. Nothing is deleted."),
    action: t("Remove"),
    onConfirm: () => takeOff(id).catch(complain),
  });
}

/** Put the menu where it was asked for, inside the page. @param {HTMLElement} place @param {number} x @param {number} y */
function fit(place, x, y) {
  const { offsetWidth: width = 0, offsetHeight: height = 0 } = /** @type {HTMLElement} */ (place.firstElementChild);
  place.style.left = `${Math.max(EDGE, Math.min(x, innerWidth - width - EDGE))}px`;
  place.style.top = `${Math.max(EDGE, Math.min(y, innerHeight - height - EDGE))}px`;
}
