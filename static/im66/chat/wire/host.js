// The site in whose frame the page is: it gives the token, and the colours. Only the sites that the server lists are
// heard, and nothing is said to others.

import { config } from "../config.js";

const SECONDS = 15;
// Of tokens.css. Their values are colours and sizes: the page's policy loads nothing that they might name.
const VARIABLE = /^--[a-z][a-z-]{0,40}$/;
const MAX_VALUE = 100;

/** @typedef {{ token: string }} HostToken */

/** Whether the page is in a frame of another site. */
export const isEmbedded = config.mode === "embed";

/** Say something to the site; another one than the listed ones does not get it. @param {"ready" | "token" | "left"} what */
export function askHost(what) {
  for (const origin of config.host ? [config.host] : config.hosts ?? []) parent.postMessage({ im66: what }, origin);
}

/** Take tokens and colours from the site. @param {(data: HostToken, origin: string) => void} listener @returns {() => void} ends it */
export function listenToHost(listener) {
  /** @param {MessageEvent} event */
  const onMessage = ({ source, origin, data }) => {
    if (source !== parent || !isListed(origin) || typeof data !== "object" || data === null) return;
    if (data.im66 === "token" && typeof data.token === "string") listener({ token: data.token }, origin);
    if (data.im66 === "theme") dress(data.variables);
  };
  addEventListener("message", onMessage);
  return () => removeEventListener("message", onMessage);
}

/** @param {string} origin */
const isListed = (origin) => (config.host ? origin === config.host : (config.hosts ?? []).includes(origin));

/** Ask for a new token; undefined if none comes in time. @returns {Promise<string | undefined>} */
export function newToken() {
  return new Promise((resolve) => {
    const end = (/** @type {string | undefined} */ token) => {
      stop();
      clearTimeout(timer);
      resolve(token);
    };
    const stop = listenToHost(({ token }) => end(token));
    const timer = setTimeout(() => end(undefined), SECONDS * 1000);
    askHost("token");
  });
}

/** Who a token is about; empty if it is none. The server looks at it, this page only shows it. @param {string} token */
export function useridOf(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const { sub } = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (sign) => sign.charCodeAt(0))));
    return typeof sub === "string" ? sub : "";
  } catch {
    return "";
  }
}

/** @param {unknown} variables */
function dress(variables) {
  if (typeof variables !== "object" || variables === null) return;
  for (const [name, value] of Object.entries(variables)) {
    if (!VARIABLE.test(name) || typeof value !== "string" || value.length > MAX_VALUE) continue;
    document.documentElement.style.setProperty(name, value);
  }
}
