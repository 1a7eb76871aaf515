// What opens a message's menu: a right click, a long press, keys. And the swipe to the right that replies.

import { reply } from "../../../state/composing.js";
import { selecting } from "../../../state/selecting.js";
import { openMenu } from "./open_menu.js";

const LONG_PRESS = 500;
// A finger that moves farther scrolls, or draws.
const SLACK = 10;
// How far a message is drawn for a reply, and at most. Pixels.
const [DRAWN, FARTHEST] = [56, 72];

/** @typedef {import("../../../state/timeline.js").Timeline} Timeline */
/** @typedef {{ timer: ReturnType<typeof setTimeout>, x: number, y: number, target: EventTarget | null, isDrawn: boolean, right: number, hasOpened: boolean }} Press */

/** Handlers for the element that holds the messages. @param {Timeline} timeline */
export function contextHandlers(timeline) {
  /** @type {Press | null} */
  let press = null;
  const release = () => {
    if (press?.isDrawn) draw(press, 0);
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
      /** @type {Press} */
      const begun = { x, y, target, isDrawn: false, right: 0, hasOpened: false, timer: setTimeout(() => void (begun.hasOpened = openAt(timeline, target, x, y)), LONG_PRESS) };
      press = begun;
    },
    onPointerMove: (/** @type {PointerEvent} */ { clientX, clientY }) => {
      if (!press) return;
      const [right, down] = [clientX - press.x, clientY - press.y];
      if (press.isDrawn) return draw(press, right);
      if (Math.hypot(right, down) <= SLACK) return;
      clearTimeout(press.timer);
      press.isDrawn = right > 2 * Math.abs(down) && !selecting.value && Boolean(messageAt(timeline, press.target));
      if (press.isDrawn) draw(press, right);
      else release();
    },
    onPointerUp: () => {
      if (press?.hasOpened) ignoreClick();
      const message = press && press.isDrawn && press.right >= DRAWN && messageAt(timeline, press.target);
      release();
      if (message) reply(message.conversation, message);
    },
    onPointerCancel: release,
  };
}

/** The menu may be below the finger, which is no choice: the click that comes of lifting it. */
function ignoreClick() {
  const over = new AbortController();
  const { signal } = over;
  const ignore = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    over.abort();
  };
  document.addEventListener("click", ignore, { capture: true, signal });
  document.addEventListener("pointerdown", () => over.abort(), { capture: true, signal });
  setTimeout(() => over.abort(), LONG_PRESS);
}

/** @param {Press} press @param {number} right */
function draw(press, right) {
  press.right = Math.min(Math.max(right, 0), FARTHEST);
  const article = /** @type {HTMLElement | null} */ (articleAt(press.target));
  // It may be gone meanwhile.
  if (article) article.style.translate = press.right ? `${press.right}px` : "";
}

/** @param {EventTarget | null} target */
const articleAt = (target) => /** @type {Element} */ (target).closest("article[data-id]");

/** The message that an element is part of, unless it is recalled. @param {Timeline} timeline @param {EventTarget | null} target */
function messageAt(timeline, target) {
  const article = articleAt(target);
  const message = article && timeline.message(Number(/** @type {HTMLElement} */ (article).dataset.id));
  return message && !message.recalled ? message : undefined;
}

/** Open the menu of the message that an element is part of. @param {Timeline} timeline @param {EventTarget | null} target @param {number} left @param {number} top */
export function openAt(timeline, target, left, top) {
  const message = messageAt(timeline, target);
  if (!message) return false;
  openMenu({ message, left, top });
  return true;
}

/** Links, what is selected, and players have menus of the browser. @param {MouseEvent} event */
const hasOwnMenu = (event) =>
  Boolean(/** @type {Element} */ (event.target).closest("a, video")) || getSelection()?.isCollapsed === false;
