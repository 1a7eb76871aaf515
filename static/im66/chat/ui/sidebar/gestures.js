// How a row's menu is asked for: with the right button, the menu key, or a finger that stays.

import { useMemo } from "../../html.js";

const STAYS_MS = 500;
// A finger never lies quite still.
const SLIP = 10;

/**
 * Attributes for the row's link.
 *
 * @param {(x: number, y: number) => void} onMenu
 */
export function useMenuGestures(onMenu) {
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
