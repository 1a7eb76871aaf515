// The keys that work everywhere on the page, and the table that tells of all keys.

import { listed } from "../state/conversations.js";
import { show, shown } from "../state/route.js";
import { me } from "../state/session.js";
import { canUndo, undoLast } from "../state/toasts.js";
import { t } from "../text/words.js";
import { openDialog } from "./dialogs.js";
import { NewChatDialog, ShortcutsDialog } from "./seldom.js";
import { SEARCH_ID } from "./sidebar/search_field.js";

/**
 * @typedef {object} Shortcut
 * @property {() => string} what
 * @property {string[][]} keys   each way to do it
 * @property {(event: KeyboardEvent) => boolean} [is]   whether this is it, if it works everywhere
 * @property {() => void} [act]
 *
 * @typedef {{ title: () => string, shortcuts: Shortcut[] }} ShortcutGroup
 */

const ctrl = (/** @type {KeyboardEvent} */ event) => (event.ctrlKey || event.metaKey) && !event.altKey;
const alt = (/** @type {KeyboardEvent} */ event) => event.altKey && !event.ctrlKey && !event.metaKey;

/** @type {ShortcutGroup[]} */
export const SHORTCUTS = [
  {
    title: () => t("Anywhere"),
    shortcuts: [
      {
        what: () => t("Search"),
        keys: [["Ctrl", "K"]],
        is: (event) => ctrl(event) && event.key.toLowerCase() === "k",
        act: () => document.getElementById(SEARCH_ID)?.focus(),
      },
      {
        what: () => t("New chat"),
        keys: [["Alt", "N"]],
        is: (event) => alt(event) && event.code === "KeyN",
        act: () => openDialog(NewChatDialog),
      },
      {
        what: () => t("Previous conversation"),
        keys: [["Alt", "↑"]],
        is: (event) => alt(event) && event.key === "ArrowUp",
        act: () => step(-1),
      },
      {
        what: () => t("Next conversation"),
        keys: [["Alt", "↓"]],
        is: (event) => alt(event) && event.key === "ArrowDown",
        act: () => step(1),
      },
      {
        what: () => t("Undo, when that is offered"),
        keys: [["Ctrl", "Z"]],
        is: (event) => ctrl(event) && !event.shiftKey && event.key.toLowerCase() === "z" && canUndo.value && !hasText(event),
        act: undoLast,
      },
      {
        what: () => t("These shortcuts"),
        keys: [["?"], ["Ctrl", "/"]],
        is: (event) => (ctrl(event) && event.key === "/") || (event.key === "?" && !isWriting(event)),
        act: () => openShortcuts(),
      },
    ],
  },
  {
    title: () => t("In the list"),
    shortcuts: [
      { what: () => t("Move through the conversations"), keys: [["↑"], ["↓"]] },
      { what: () => t("Open the conversation"), keys: [["Enter"]] },
      { what: () => t("Pin, mute, mark as read"), keys: [["Shift", "F10"]] },
      { what: () => t("Clear the search"), keys: [["Esc"]] },
    ],
  },
  {
    title: () => t("Writing"),
    shortcuts: [
      { what: () => t("Send"), keys: [["Enter"]] },
      { what: () => t("Begin a new line"), keys: [["Shift", "Enter"]] },
      { what: () => t("Emoji and stickers by a word"), keys: [[":"]] },
      { what: () => t("Edit your last message"), keys: [["↑"]] },
      { what: () => t("Stop replying or editing"), keys: [["Esc"]] },
    ],
  },
  {
    title: () => t("In the messages"),
    shortcuts: [
      { what: () => t("Move through the messages"), keys: [["↑"], ["↓"]] },
      { what: () => t("React, reply and more"), keys: [["Enter"], ["M"], ["Shift", "F10"]] },
    ],
  },
];

/** Show the table. */
export const openShortcuts = () => openDialog(ShortcutsDialog, { groups: SHORTCUTS });

/** Begin to listen. */
export function startShortcuts() {
  const all = SHORTCUTS.flatMap(({ shortcuts }) => shortcuts);
  addEventListener("keydown", (event) => {
    if (!me.value || event.isComposing || document.querySelector("dialog[open]")) return;
    const meant = all.find((one) => one.is?.(event));
    if (!meant) return;
    event.preventDefault();
    meant.act?.();
  });
}

/** @param {KeyboardEvent} event */
const isWriting = ({ target }) => target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** Whether the key is for a text. @param {KeyboardEvent} event */
const hasText = (event) => isWriting(event) && /** @type {HTMLInputElement} */ (event.target).value !== "";

/** Open the conversation so far below the one that is open. @param {number} by */
function step(by) {
  const ids = listed.value.map(({ id }) => id);
  const at = ids.indexOf(shown.value ?? "");
  const next = at < 0 ? ids[0] : ids[at + by];
  if (next) show(next);
}
