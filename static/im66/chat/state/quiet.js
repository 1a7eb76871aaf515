// The hours in which the user wants to hear of nothing: the server keeps them, and no device is told of anything then.

import { signal } from "../../vendor/signals.js";
import { isQuietNow } from "../text/quiet.js";
import { call } from "../wire/api.js";
import { tellTabs } from "./tabs.js";

/** @typedef {import("../text/quiet.js").Quiet} Quiet */

/** Null: there are none. @type {import("../../vendor/signals.js").Signal<Quiet | null>} */
export const quiet = signal(null);

export const isQuiet = () => isQuietNow(quiet.peek());

/** What was chosen before: one change after the other. @type {Promise<unknown>} */
let last = Promise.resolve();

/** Raises Failure, and then has those of before. @param {Quiet | null} chosen */
export async function chooseQuiet(chosen) {
  const before = quiet.value;
  quiet.value = chosen;
  const change = last.then(() => call("PATCH", "me", { body: { quiet: chosen } }));
  last = change.catch(() => {});
  try {
    await change;
  } catch (error) {
    if (quiet.value === chosen) quiet.value = before;
    throw error;
  }
  if (quiet.value === chosen) tellTabs({ ev: "quiet", quiet: chosen });
}
