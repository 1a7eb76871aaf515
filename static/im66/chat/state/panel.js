// What is open beside or above the messages.

import { signal } from "../../vendor/signals.js";

/** Whether the panel about the conversation is open. */
export const isPanelOpen = signal(false);

/** Whether the conversation is being searched. */
export const isSearching = signal(false);

// Where it covers the messages, it is not what one wants to see of the next conversation.
const covers = matchMedia("(width < 1000px)");

/** Another conversation is shown. */
export function leaveConversation() {
  isSearching.value = false;
  if (covers.matches) isPanelOpen.value = false;
}
