// Who of the people in the list is online. The server tells it of those that it was last asked about.

import { signal } from "../../vendor/signals.js";

/** @type {import("../../vendor/signals.js").Signal<ReadonlySet<string>>} */
export const online = signal(new Set());

/** @param {string[]} userids */
export function setOnline(userids) {
  online.value = new Set(userids);
}

/** @param {string} userid @param {boolean} is */
export function setPresence(userid, is) {
  const next = new Set(online.value);
  if (is) next.add(userid);
  else next.delete(userid);
  online.value = next;
}
