// The list of conversations, with what stands above it: oneself, and the search.

import { html, useCallback, useRef, useState } from "../../html.js";
import { query } from "../../state/searching.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { ConversationList } from "./conversation_list.js";
import { BlockedDialog, ContactsDialog, NewChatDialog, ProfileDialog, SearchResults, SettingsDialog, StarsDialog, openShortcuts } from "../seldom.js";
import { SearchField } from "./search_field.js";
import { config } from "../../config.js";
import { leave } from "../../state/leaving.js";
import { me, myself } from "../../state/session.js";
import { isEmbedded } from "../../wire/host.js";
import { leaveWord } from "../away/endings.js";
import { Avatar } from "../parts/avatar.js";
import { Menu } from "../parts/menu.js";

export function Sidebar() {
  const rows = useRef(/** @type {HTMLElement | null} */ (null));
  const enter = useCallback(() => rows.current?.querySelector("a")?.focus(), []);
  return html`
    <div class="sidebar">
      <header class="sidebar-head">
        <${OwnMenu} />
        <button class="icon-button new-chat-button" aria-label=${t("New chat")} title=${t("New chat")} onClick=${() => openDialog(NewChatDialog)}><${Icon} name="newChat" /></button>
      </header>
      <${SearchField} onEnter=${enter} />
      <div class="sidebar-rows" ref=${rows} onKeyDown=${moveAmongRows}>
        <${ConversationList} />
        ${query.value.trim() && html`<${SearchResults} />`}
      </div>
    </div>
  `;
}

/** Moving among the rows of the list and of what was found, with the arrow keys. @param {KeyboardEvent} event   in an element that holds the rows: each is a link */
function moveAmongRows(event) {
  const place = /** @type {HTMLElement} */ (event.currentTarget);
  const { key } = event;
  const [here, count] = [placeIn(rowsIn(place)), rowsIn(place).length];
  if (here < 0 || target(key, here, count) === undefined || event.altKey) return;
  event.preventDefault();
  // What is out of sight is not drawn, so one goes there first. The browser says that only later.
  if (key === "Home" || key === "End") place.scrollTop = key === "End" ? place.scrollHeight : 0;
  else rowsIn(place)[here].scrollIntoView({ block: "nearest" });
  place.dispatchEvent(new Event("scroll"));
  queueMicrotask(() => {
    const rows = rowsIn(place);
    rows[target(key, placeIn(rows), rows.length) ?? -1]?.focus();
  });
}

/** @param {HTMLElement} place @returns {HTMLElement[]} */
const rowsIn = (place) => [...place.querySelectorAll("a")];

/** Which of them has the focus; −1 if none has. @param {HTMLElement[]} rows */
const placeIn = (rows) => rows.findIndex((row) => row.parentElement?.contains(document.activeElement));

/** @param {string} key @param {number} at @param {number} count */
function target(key, at, count) {
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, count - 1);
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** Oneself above the list, and what concerns oneself in a menu. */
function OwnMenu() {
  const [isOpen, setOpen] = useState(false);
  const { avatar, nickname } = myself.value;
  const name = nickname || me.value;
  // What the pointer has closed, its click must not open again.
  const hold = (/** @type {Event} */ event) => isOpen && event.stopPropagation();
  return html`
    <div class="own-menu" onPointerDown=${hold}>
      <button class="own" aria-label=${t("{name}: profile and settings", { name })} aria-haspopup="menu" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>
        <${Avatar} src=${avatar} name=${name} id=${me.value} />
        <bdi class="own-name">${name}</bdi>
      </button>
      ${isOpen && html`<${Menu} label=${t("Profile and settings")} entries=${entries()} onClose=${() => setOpen(false)} />`}
    </div>
  `;
}

// A phone has no keys to learn, and no room for frames.
const isLarge = () => matchMedia("(width >= 720px) and (hover: hover)").matches;

const entries = () => [
  { label: t("Profile"), icon: "person", onChoose: () => openDialog(ProfileDialog) },
  { label: t("Settings"), icon: "settings", onChoose: () => openDialog(SettingsDialog) },
  { label: t("Contacts"), icon: "group", onChoose: () => openDialog(ContactsDialog) },
  { label: t("Starred messages"), icon: "star", onChoose: () => openDialog(StarsDialog) },
  { label: t("Blocked people"), icon: "block", onChoose: () => openDialog(BlockedDialog) },
  ...(isLarge()
    ? [
        { label: t("Keyboard shortcuts"), icon: "keyboard", onChoose: openShortcuts },
        ...(isEmbedded ? [] : [{ label: t("Console for developers"), icon: "console", onChoose: () => location.assign(config.urls.console) }]),
      ]
    : []),
  { label: leaveWord(), icon: "leave", onChoose: leave },
];
