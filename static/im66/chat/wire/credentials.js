// Who this page speaks for. In open mode a userid is enough; in a frame of another site there is a token; otherwise the
// browser's session says it.

import { config } from "../config.js";

let userid = "";
let token = config.token ?? "";

/** @param {string} chosen   in open mode */
export const speakFor = (chosen) => {
  userid = chosen;
};

/** @param {string} newToken   by the site in whose frame the page is */
export const proveBy = (newToken) => {
  token = newToken;
};

/** @returns {Record<string, string>} */
export function headers() {
  if (config.mode === "embed") return { Authorization: `Bearer ${token}` };
  if (config.mode === "open") return { Authorization: `Userid ${encodeURIComponent(userid)}` };
  return { "X-CSRFToken": config.csrf };
}

/** What `hello` says of who calls. */
export function claim() {
  if (config.mode === "embed") return { token };
  return config.mode === "open" ? { userid } : {};
}
