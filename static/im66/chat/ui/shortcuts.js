// The keys that work everywhere on the page, and the table that tells of all keys.

import { listed } from "../state/conversations.js";
import { show, shown } from "../state/route.js";
import { me } from "../state/session.js";
import { canUndo, undoLast } from "../state/toasts.js";
import { openDialog } from "./dialogs.js";
import { NewChatDialog, ShortcutsDialog } from "./seldom.js";
import { SEARCH_ID } from "./sidebar/search_field.js";

/**
 * @typedef {object} Shortcut
 * @property {string} what   in English; shown as `t` has it
 * @property {string[][]} keys   each way to do it
 * @property {(event: KeyboardEvent) => boolean} [is]   whether this is it, if it works everywhere
 * @property {() => void} [act]
 *
 * @typedef {{ title: string, shortcuts: Shortcut[] }} ShortcutGroup
 */

const ctrl = (/** @type {KeyboardEvent} */ event) => (event.ctrlKey || event.metaKey) && !event.altKey;
const alt = (/** @type {KeyboardEvent} */ event) => event.altKey && !event.ctrlKey && !event.metaKey;

/** @type {ShortcutGroup[]} */
export const SHORTCUTS = [
  {
    title: "Everywhere",
    shortcuts: [
      {
        what: "Search",
        keys: [["Ctrl", "K"]],
        is: (event) => ctrl(event) && event.key.toLowerCase() === "k",
        act: () => document.getElementById(SEARCH_ID)?.focus(),
      },
      {
        what: "New chat",
        keys: [["Alt", "N"]],
        is: (event) => alt(event) && event.code === "KeyN",
        act: () => openDialog(NewChatDialog),
      },
      {
        what: "Previous conversation",
        keys: [["Alt", "↑"]],
        is: (event) => alt(event) && event.key === "ArrowUp",
        act: () => step(-1),
      },
      {
        what: "Next conversation",
        keys: [["Alt", "↓"]],
        is: (event) => alt(event) && event.key === "ArrowDown",
        act: () => step(1),
      },
      {
        what: "Undo, when that is offered",
        keys: [["Ctrl", "Z"]],
        is: (event) => ctrl(event) && !event.shiftKey && event.key.toLowerCase() === "z" && canUndo.value && !hasText(event),
        act: undoLast,
      },
      {
        what: "These shortcuts",
        keys: [["?"], ["Ctrl", "/"]],
        is: (event) => (ctrl(event) && event.key === "/") || (event.key === "?" && !isWriting(event)),
        act: () => openShortcuts(),
      },
    ],
  },
  {
    title: "In the list",
    shortcuts: [
      { what: "Move through the conversations", keys: [["↑"], ["↓"]] },
      { what: "Open", keys: [["Enter"]] },
      { what: "Pin, mute, mark as read", keys: [["Shift", "F10"]] },
      { what: "Clear the search", keys: [["Esc"]] },
    ],
  },
  {
    title: "Writing",
    shortcuts: [
      { what: "Send", keys: [["Enter"]] },
      { what: "Begin a new line", keys: [["Shift", "Enter"]] },
      { what: "Emoji and stickers by a word", keys: [[":"]] },
      { what: "Edit your last message", keys: [["↑"]] },
      { what: "Stop replying or editing", keys: [["Esc"]] },
    ],
  },
  {
    title: "In the messages",
    shortcuts: [
      { what: "Move through the messages", keys: [["↑"], ["↓"]] },
      { what: "React, reply and more", keys: [["Enter"], ["M"], ["Shift", "F10"]] },
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
