// A dialog over the page: the browser's own, which keeps the focus inside and closes with Escape.

import { html, useEffect, useId, useRef } from "../../html.js";
import { t } from "../../text/words.js";
import { Icon } from "./icon.js";

/**
 * What it holds gets the focus where it has the attribute `data-focus`.
 *
 * @param {{ title: string, onClose: () => void, children?: any, class?: string }} props
 */
export function Dialog({ title, onClose, children, class: kind = "" }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  // A browser says late that it was closed: another may be open in its place by then.
  const isConfirmed = useRef(false);
  const closed = () => {
    if (isConfirmed.current) return;
    isConfirmed.current = true;
    onClose();
  };
  useEffect(() => {
    // A dialog that leaves the page gives the focus to nobody.
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const here = /** @type {HTMLDialogElement} */ (dialog.current);
    here.showModal();
    /** @type {HTMLElement | null} */ (here.querySelector("[data-focus]"))?.focus();
    return () => {
      if (here.open) isConfirmed.current = true;
      else closed();
      // While it is open, nothing outside takes the focus.
      here.close();
      before?.focus();
    };
  }, []);
  // A text that is marked from the inside to the outside ends with a click there, too.
  const isOutside = useRef(false);
  const pressed = (/** @type {Event} */ event) => (isOutside.current = event.target === dialog.current);
  const closeOutside = (/** @type {Event} */ event) => isOutside.current && event.target === dialog.current && onClose();
  return html`
    <dialog class="dialog ${kind}" ref=${dialog} aria-labelledby=${id} onClose=${closed} onPointerDown=${pressed} onClick=${closeOutside}>
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id=${id}>${title}</h2>
          <button class="icon-button" aria-label=${t("Close")} onClick=${onClose}><${Icon} name="close" /></button>
        </header>
        ${children}
      </div>
    </dialog>
  `;
}

/**
 * Asks whether to do something that cannot be undone.
 *
 * @param {{ title: string, text: string, action: string, onConfirm: () => void, onClose: () => void }} props
 */
export function Confirm({ title, text, action, onConfirm, onClose }) {
  const confirm = () => {
    onClose();
    onConfirm();
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose} class="dialog-small">
      <p>${text}</p>
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        <button class="button danger" onClick=${confirm}>${action}</button>
      </div>
    <//>
  `;
}
