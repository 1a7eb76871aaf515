// Who this page speaks for. In open mode a userid is enough; otherwise the browser's session says it.

import { config } from "../config.js";

let userid = "";

/** @param {string} chosen   in open mode */
export const speakFor = (chosen) => {
  userid = chosen;
};

/** @returns {Record<string, string>} */
export function headers() {
  if (config.mode === "open") return { Authorization: `Userid ${encodeURIComponent(userid)}` };
  return { "X-CSRFToken": config.csrf };
}

/** What `hello` says of who calls. */
export const claim = () => (config.mode === "open" ? { userid } : {});
