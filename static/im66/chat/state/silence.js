// Conversations in which what the user sends next makes no sound at the others'.

import { signal } from "../../vendor/signals.js";

/** @type {import("../../vendor/signals.js").Signal<ReadonlySet<string>>} */
const silenced = signal(new Set());

/** @param {string} conversation */
export const isSilenced = (conversation) => silenced.value.has(conversation);

/** @param {string} conversation @param {boolean} is */
export function silence(conversation, is) {
  silenced.value = new Set([...silenced.peek(), conversation].filter((one) => is || one !== conversation));
}

/** Whether what is sent now makes no sound. The next one does again. @param {string} conversation */
export function takeSilence(conversation) {
  const is = silenced.peek().has(conversation);
  if (is) silence(conversation, false);
  return is;
}
