// What can be done with a conversation in the list.

import { html, useLayoutEffect, useRef } from "../../html.js";
import { clear, ordered, takeOff, titleOf, unreadIn, wish } from "../../state/conversations.js";
import { seen } from "../../state/reading.js";
import { complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Confirm } from "../parts/dialog.js";
import { Menu } from "../parts/menu.js";

const EDGE = 8;

/** @param {{ id: string, x: number, y: number, onClose: () => void }} props */
export function RowMenu({ id, x, y, onClose }) {
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
  return [
    unreadIn(conversation)
      ? { label: t("Mark as read"), icon: "checks", onChoose: read }
      : { label: t("Mark as unread"), icon: "unread", onChoose: change({ unread: true }) },
    { label: pinned ? t("Unpin") : t("Pin to the top"), icon: "pin", onChoose: change({ pinned: !pinned }) },
    { label: muted ? t("Unmute") : t("Mute"), icon: muted ? "bell" : "bellOff", onChoose: change({ muted: !muted }) },
    { label: archived ? t("Unarchive") : t("Archive"), icon: "archive", onChoose: change({ archived: !archived }) },
    { label: t("Clear messages"), icon: "eraser", isDangerous: true, onChoose: () => askToClear(id, title) },
    { label: t("Remove from the list"), icon: "trash", isDangerous: true, onChoose: () => askToTakeOff(id, title) },
  ];
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
