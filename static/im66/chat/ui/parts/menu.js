// A menu at a button: arrow keys move, Escape closes and gives the focus back.

import { html, useLayoutEffect, useRef } from "../../html.js";
import { Icon } from "./icon.js";

/**
 * @typedef {{ label: string, icon?: string, isDangerous?: boolean, onChoose: () => void }} Entry
 *
 * @param {{ label: string, entries: Entry[], onClose: () => void, children?: any }} props   `children`: stand first
 */
export function Menu({ label, entries, onClose, children }) {
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  // At once: a key that is pressed before the page is drawn again belongs to it already.
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const element = /** @type {HTMLElement} */ (menu.current);
    itemsOf(element)[0]?.focus();
    const leave = (/** @type {Event} */ event) => element.contains(/** @type {Node} */ (event.target)) || onClose();
    document.addEventListener("pointerdown", leave);
    return () => {
      document.removeEventListener("pointerdown", leave);
      if (element.contains(document.activeElement) || document.activeElement === document.body) before?.focus();
    };
  }, []);
  const choose = (/** @type {Entry} */ entry) => () => {
    onClose();
    entry.onChoose();
  };
  return html`
    <div class="menu" role="menu" aria-label=${label} ref=${menu} onKeyDown=${(/** @type {KeyboardEvent} */ event) => steer(event, onClose)}>
      ${children}
      ${entries.map(
        // What an entry is called may change while the focus is in it.
        (entry, place) => html`
          <button key=${place} role="menuitem" tabindex="-1" class="menu-item ${entry.isDangerous ? "dangerous" : ""}" onClick=${choose(entry)}>
            ${entry.icon && html`<${Icon} name=${entry.icon} />`}<span>${entry.label}</span>
          </button>
        `,
      )}
    </div>
  `;
}

/** @param {HTMLElement} menu @returns {HTMLElement[]} */
const itemsOf = (menu) => [.../** @type {NodeListOf<HTMLElement>} */ (menu.querySelectorAll('[role^="menuitem"]'))];

/** @param {KeyboardEvent} event @param {() => void} onClose */
function steer(event, onClose) {
  const items = itemsOf(/** @type {HTMLElement} */ (event.currentTarget));
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowRight: () => items[(at + 1) % items.length]?.focus(),
    ArrowLeft: () => items[(at - 1 + items.length) % items.length]?.focus(),
    ArrowDown: () => items[(at + 1) % items.length]?.focus(),
    ArrowUp: () => items[(at - 1 + items.length) % items.length]?.focus(),
    Home: () => items[0]?.focus(),
    End: () => items.at(-1)?.focus(),
    Escape: onClose,
    Tab: onClose,
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  keys[event.key]();
}
