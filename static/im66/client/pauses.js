// How long to wait before connecting again.

import { RESTART } from "./close_codes.js";

const LONGEST = 30;

/**
 * Seconds. After a restart all clients come back, so they spread; otherwise each failure in a row doubles the pause.
 *
 * @param {number} code   of the close
 * @param {number} failures   in a row, before this one
 * @param {number} chance   from 0 to 1
 */
export function pauseAfter(code, failures, chance) {
  if (code === RESTART && failures === 0) return 0.3 + 2.7 * chance;
  const longest = Math.min(LONGEST, 2 ** failures);
  return longest * (0.5 + 0.5 * chance);
}
