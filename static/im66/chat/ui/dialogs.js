// The one dialog that is open, over everything else. Components open it with `openDialog`.

import { effect, html, signal } from "../html.js";
import { shown } from "../state/route.js";

/** @type {import("../../vendor/signals.js").Signal<{ id: number, component: any, props: object } | null>} */
const open = signal(null);
let last = 0;

/**
 * Show a component as the open dialog. It gets `onClose`.
 *
 * @param {any} component
 * @param {object} [props]
 */
export function openDialog(component, props = {}) {
  open.value = { id: ++last, component, props };
}

export function closeDialog() {
  open.value = null;
}

// Whoever goes elsewhere has left it.
effect(() => {
  shown.value;
  closeDialog();
});

export function Dialogs() {
  if (!open.value) return null;
  const { id, component, props } = open.value;
  // A browser says late that one was closed: another may be open by then.
  const close = () => open.peek()?.id === id && closeDialog();
  return html`<${component} key=${id} ...${props} onClose=${close} />`;
}
