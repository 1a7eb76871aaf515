// Whether the server still believes who uses the page.

import { effect } from "../../vendor/signals.js";
import { UNPROVEN } from "../wire/close_codes.js";
import { isLoggedOut, renew } from "../wire/proving.js";

// The server ends a session before the browser has its next one.
const PAUSES = [0, 2, 5];

/**
 * Go on where only the line's session has ended: a new password, set in another tab, begins another session.
 *
 * @param {import("../wire/line.js").Line} line
 */
export function keepProven(line) {
  /** @type {unknown} */
  let tried;
  effect(() => {
    const { state, code } = line.link.value;
    const welcome = line.welcome.peek();
    if (state === "open") isLoggedOut.value = false;
    // Once after each welcome.
    if (state !== "ended" || code !== UNPROVEN || !line.holds.peek() || tried === welcome) return;
    tried = welcome;
    void renewSoon(line);
  });
}

/** @param {import("../wire/line.js").Line} line */
async function renewSoon(line) {
  for (const seconds of PAUSES) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    // Another tab may have been let in.
    if (line.link.peek().state !== "ended") return;
    if (await renew()) return line.restart();
  }
}
