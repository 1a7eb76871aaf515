// Which message's menu is open, and where.

import { signal } from "../../../html.js";

/** @typedef {{ message: import("../../../types.js").Message, left: number, top: number }} OpenMenu   in the window */

/** @type {import("../../../../vendor/signals.js").Signal<OpenMenu | null>} */
export const menu = signal(null);

/** @param {OpenMenu} at */
export function openMenu(at) {
  menu.value = at;
}

export function closeMenu() {
  menu.value = null;
}
