// What can be done with a conversation in the list.

import { html, useLayoutEffect, useRef } from "../../html.js";
import { listed, wish } from "../../state/conversations.js";
import { seen } from "../../state/reading.js";
import { complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Menu } from "../parts/menu.js";

const EDGE = 8;

/** @param {{ id: string, x: number, y: number, onClose: () => void }} props */
export function RowMenu({ id, x, y, onClose }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const conversation = listed.value.find((one) => one.id === id);
  useLayoutEffect(() => {
    if (place.current) fit(place.current, x, y);
  }, [id, x, y]);
  if (!conversation) return null;
  return html`
    <div class="menu-place" ref=${place}>
      <${Menu} key="${x}/${y}/${id}" label=${conversation.title} entries=${entriesOf(conversation)} onClose=${onClose} />
    </div>
  `;
}

/** @param {import("../../types.js").Conversation} conversation */
function entriesOf({ id, last, muted, pinned, unread }) {
  const change = (/** @type {{ muted?: boolean, pinned?: boolean }} */ wishes) => () => void wish(id, wishes).catch(complain);
  return [
    ...(unread && last ? [{ label: t("Mark as read"), icon: "checks", onChoose: () => void seen(id, last.id) }] : []),
    { label: pinned ? t("Unpin") : t("Pin to the top"), icon: "pin", onChoose: change({ pinned: !pinned }) },
    { label: muted ? t("Unmute") : t("Mute"), icon: muted ? "bell" : "bellOff", onChoose: change({ muted: !muted }) },
  ];
}

/** Put the menu where it was asked for, inside the page. @param {HTMLElement} place @param {number} x @param {number} y */
function fit(place, x, y) {
  const { offsetWidth: width = 0, offsetHeight: height = 0 } = /** @type {HTMLElement} */ (place.firstElementChild);
  place.style.left = `${Math.max(EDGE, Math.min(x, innerWidth - width - EDGE))}px`;
  place.style.top = `${Math.max(EDGE, Math.min(y, innerHeight - height - EDGE))}px`;
}
