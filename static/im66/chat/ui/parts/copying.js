// Copies texts, and says whether it could.

import { say } from "../../state/toasts.js";
import { t } from "../../text/words.js";

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("Copied."));
  } catch {
    say(t("Your browser blocks copying."), { isError: true });
  }
}
