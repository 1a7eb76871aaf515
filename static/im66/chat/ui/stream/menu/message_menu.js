// What can be done with a message.

import { html, useLayoutEffect, useRef } from "../../../html.js";
import { t } from "../../../text/words.js";
import { Menu } from "../../parts/menu.js";
import { entriesFor } from "./entries.js";
import { closeMenu, menu } from "./open_menu.js";
import { QuickReactions } from "./quick_reactions.js";

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
