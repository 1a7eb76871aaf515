// What can be done with a message.

import { html, useLayoutEffect, useRef } from "../../../html.js";
import { isGroup } from "../../../text/conversation_ids.js";
import { kindNamed } from "../../../text/kinds.js";
import { t } from "../../../text/words.js";
import { Menu } from "../../parts/menu.js";
import { closeMenu, menu } from "./open_menu.js";
import { react, recall } from "../../../state/amending.js";
import { me } from "../../../state/session.js";
import { complain } from "../../../state/toasts.js";
import { welcome } from "../../../state/client.js";
import { edit, reply } from "../../../state/composing.js";
import { conversations } from "../../../state/conversations.js";
import { nameOf } from "../../../state/people.js";
import { mayPin, pinsOf, setPinned } from "../../../state/pins.js";
import { select } from "../../../state/selecting.js";
import { setStarred } from "../../../state/stars.js";
import { openDialog } from "../../dialogs.js";
import { ForwardDialog, InfoDialog, ReactionDialog, ReadersDialog, askToBlock, askToHide, askToReportMessage, saveSticker } from "../../seldom.js";
import { Confirm } from "../../parts/dialog.js";
import { focusIfLost } from "../../parts/focus.js";
import { Icon } from "../../parts/icon.js";
import { copy } from "./copy.js";

// Between the menu and the edges of the window.
const MARGIN = 8;

export function MessageMenu() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const open = menu.value;
  useLayoutEffect(() => {
    if (open && place.current) keepInside(place.current, open);
  }, [open]);
  if (!open) return null;
  return html`
    <div class="message-menu" ref=${place}>
      <${Menu} key=${open.message.id} label=${t("Message")} entries=${entriesFor(open.message)} onClose=${closeMenu}>
        <${QuickReactions} message=${open.message} onClose=${closeMenu} />
      <//>
    </div>
  `;
}

/** @param {HTMLElement} place @param {{ left: number, top: number }} wanted */
function keepInside(place, { left, top }) {
  const { width, height } = /** @type {Element} */ (place.firstElementChild).getBoundingClientRect();
  place.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  place.style.top = `${Math.max(MARGIN, Math.min(top, innerHeight - height - MARGIN))}px`;
}

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** The reactions that people give most. @param {{ message: import("../../../types.js").Message, onClose: () => void }} props */
function QuickReactions({ message, onClose }) {
  const isMine = (/** @type {string} */ emoji) => Boolean(message.reactions?.[emoji]?.includes(me.value));
  const give = (/** @type {string} */ emoji) => () => {
    onClose();
    react(message, emoji, !isMine(emoji)).catch(complain);
  };
  const another = () => {
    onClose();
    openDialog(ReactionDialog, { message });
  };
  return html`
    <div class="quick-reactions" role="group" aria-label=${t("React")}>
      ${EMOJI.map(
        (emoji) => html`
          <button key=${emoji} role="menuitemcheckbox" aria-checked=${isMine(emoji)} tabindex="-1" aria-label=${t("React with {emoji}", { emoji })} onClick=${give(emoji)}>${emoji}</button>
        `,
      )}
      <button role="menuitem" tabindex="-1" aria-label=${t("React with another emoji")} title=${t("React with another emoji")} onClick=${another}><${Icon} name="plus" /></button>
    </div>
  `;
}

// Which actions a message offers to its reader.
/** @typedef {import("../../../types.js").Message} Message */
/** @typedef {import("../../parts/menu.js").Entry} Entry */

/** @param {Message} message @returns {Entry[]} */
function entriesFor(message) {
  const { conversation, kind, from } = message;
  const isOwn = from === me.value;
  const { isText = false, sticker, copied } = kindNamed(kind);
  const isFresh = Date.now() / 1000 - message.time < (welcome()?.limits.recall ?? 0);
  const rules = ["owner", "admin"].includes(conversations.value.get(conversation)?.role ?? "");
  /** @type {[boolean, Entry][]} */
  const all = [
    [true, { label: t("Reply"), icon: "reply", onChoose: () => reply(conversation, message) }],
    [has("pins") && mayPin(conversation), pinEntry(message)],
    [has("stars"), { label: message.starred ? t("Unstar") : t("Star"), icon: "star", onChoose: () => setStarred(message, !message.starred).catch(complain) }],
    [has("stickers") && Boolean(sticker), { label: t("Save as sticker"), icon: "emotion", onChoose: () => saveSticker(message) }],
    [has("readers") && isGroup(conversation), { label: t("Read by…"), icon: "checks", onChoose: () => openDialog(ReadersDialog, { message }) }],
    [has("forward"), { label: t("Forward…"), icon: "passOn", onChoose: () => openDialog(ForwardDialog, { messages: [message] }) }],
    [has("forward"), { label: t("Select"), icon: "select", onChoose: () => select(message) }],
    [Boolean(copied), { label: t("Copy"), icon: "copy", onChoose: () => void copy(copied?.(message) ?? "") }],
    [true, { label: t("Info"), icon: "info", onChoose: () => openDialog(InfoDialog, { message }) }],
    [isOwn && isText && isFresh && !message.forwarded, { label: t("Edit"), icon: "edit", onChoose: () => edit(conversation, message) }],
    [(isOwn && isFresh) || rules, { label: t("Recall"), icon: "undo", isDangerous: !isOwn, onChoose: () => takeBack(message) }],
    [has("hide"), { label: t("Delete for me…"), icon: "trash", isDangerous: true, onChoose: () => askToHide([message]) }],
    [!isOwn, { label: t("Report…"), icon: "flag", isDangerous: true, onChoose: () => askToReportMessage(message.id) }],
    [!isOwn, { label: t("Block sender"), icon: "block", isDangerous: true, onChoose: () => askToBlock(from, nameOf(from)) }],
  ];
  return all.filter(([isOffered]) => isOffered).map(([, entry]) => entry);
}

/** @param {string} feature */
const has = (feature) => Boolean(welcome()?.features.includes(feature));

/** @param {Message} message @returns {Entry} */
function pinEntry({ conversation, id }) {
  const isPinned = pinsOf(conversation).value.some((pin) => pin.id === id);
  return { label: isPinned ? t("Unpin") : t("Pin"), icon: "pin", onChoose: () => setPinned(conversation, id, !isPinned).catch(complain) };
}

/** @param {Message} message */
function takeBack(message) {
  const doIt = () => recall(message).then(() => focusIfLost(() => lineOf(message))).catch(complain);
  if (message.from === me.value) return void doIt();
  openDialog(Confirm, {
    title: t("Recall this message?"),
    text: t("It disappears for everybody in the group."),
    action: t("Recall"),
    onConfirm: doIt,
  });
}

/** What stands in its place. @param {Message} message @returns {HTMLElement | null} */
const lineOf = ({ id }) => document.querySelector(`article[data-id="${id}"]`);
