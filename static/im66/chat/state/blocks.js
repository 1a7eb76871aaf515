// Whom the user has blocked: neither of the two can write to the other.

import { signal } from "../../vendor/signals.js";
import { call, part } from "../wire/api.js";
import { learn } from "./people.js";

/** Their userids; null until they are known. @type {import("../../vendor/signals.js").Signal<ReadonlySet<string> | null>} */
export const blocked = signal(null);

let lastRequest = 0;

/** Ask for them. Raises Failure. */
export async function loadBlocks() {
  const request = ++lastRequest;
  const { items } = await call("GET", "blocks");
  // A later question may have been answered before.
  if (request < lastRequest && blocked.peek()) return;
  items.forEach(learn);
  blocked.value = new Set(items.map((/** @type {{ userid: string }} */ one) => one.userid));
}

/** Ask anew, if they are known: they may have changed elsewhere. */
export const blocksAnew = () => void (blocked.peek() && loadBlocks().catch(() => undefined));

/** Raises Failure. @param {string} userid */
export async function block(userid) {
  await call("PUT", `blocks/${part(userid)}`);
  // The others are asked for before it is said who they are.
  if (blocked.value) blocked.value = new Set(blocked.value).add(userid);
}

/** Raises Failure. @param {string} userid */
export async function unblock(userid) {
  await call("DELETE", `blocks/${part(userid)}`);
  const left = new Set(blocked.value ?? []);
  left.delete(userid);
  blocked.value = left;
}
