// What day it is, for what is shown as "Yesterday" tomorrow.

import { signal } from "../../vendor/signals.js";

// Now and then a timer ends a little too early.
const LATER = 1000;

/** Changes at midnight. */
export const today = signal(new Date().toDateString());

function turn() {
  today.value = new Date().toDateString();
  setTimeout(turn, new Date().setHours(24, 0, 0, 0) - Date.now() + LATER);
}

turn();
