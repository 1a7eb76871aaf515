// The hours in which the user wants to hear of nothing: the server keeps them, and no device is told of anything then.

import { signal } from "../../vendor/signals.js";
import { isQuietNow } from "../text/quiet.js";
import { call } from "../wire/api.js";
import { notifyTabs } from "./tabs.js";

/** @typedef {import("../text/quiet.js").Quiet} Quiet */

/** Null: there are none. @type {import("../../vendor/signals.js").Signal<Quiet | null>} */
export const quiet = signal(null);

export const isQuiet = () => isQuietNow(quiet.peek());

/** Raises Failure, and then has those of before. @param {Quiet | null} chosen */
export async function chooseQuiet(chosen) {
  const before = quiet.value;
  quiet.value = chosen;
  try {
    await call("PATCH", "me", { body: { quiet: chosen } });
  } catch (error) {
    if (quiet.value === chosen) quiet.value = before;
    throw error;
  }
  if (quiet.value === chosen) notifyTabs({ ev: "quiet", quiet: chosen });
}
