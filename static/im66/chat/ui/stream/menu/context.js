// What opens a message's menu: the right button of a mouse, a long press of a finger, keys.

import { openMenu } from "./open_menu.js";

const LONG_PRESS = 500;
// A finger that moves farther scrolls.
const SLACK = 10;

/** @typedef {import("../../../state/timeline.js").Timeline} Timeline */

/** Handlers for the element that holds the messages. @param {Timeline} timeline */
export function contextHandlers(timeline) {
  /** @type {{ timer: ReturnType<typeof setTimeout>, x: number, y: number } | null} */
  let press = null;
  const release = () => {
    clearTimeout(press?.timer);
    press = null;
  };
  return {
    onContextMenu: (/** @type {MouseEvent} */ event) => {
      if (hasOwnMenu(event)) return;
      if (openAt(timeline, event.target, event.clientX, event.clientY)) event.preventDefault();
    },
    onPointerDown: (/** @type {PointerEvent} */ { pointerType, target, clientX: x, clientY: y }) => {
      release();
      if (pointerType !== "touch") return;
      press = { x, y, timer: setTimeout(() => openAt(timeline, target, x, y), LONG_PRESS) };
    },
    onPointerMove: (/** @type {PointerEvent} */ { clientX, clientY }) => {
      if (press && Math.hypot(clientX - press.x, clientY - press.y) > SLACK) release();
    },
    onPointerUp: release,
    onPointerCancel: release,
  };
}

/** Open the menu of the message that an element is part of. @param {Timeline} timeline @param {EventTarget | null} target @param {number} left @param {number} top */
export function openAt(timeline, target, left, top) {
  const article = /** @type {Element} */ (target).closest("article[data-id]");
  const message = article && timeline.message(Number(/** @type {HTMLElement} */ (article).dataset.id));
  if (!message || message.recalled) return false;
  openMenu({ message, left, top });
  return true;
}

/** Links, what is selected, and players have menus of the browser. @param {MouseEvent} event */
const hasOwnMenu = (event) =>
  Boolean(/** @type {Element} */ (event.target).closest("a, video")) || getSelection()?.isCollapsed === false;
