// What becomes of the proof that a page began with, in token mode: the browser's session may have ended, or have gone
// over to somebody else, or have another token for changes since its user logged in again in another tab.

import { signal } from "../../vendor/signals.js";
import { config } from "../config.js";
import { beginAnew } from "./beginning.js";
import { proveBy } from "./credentials.js";
import { listenToHost, isEmbedded, newToken, useridOf } from "./host.js";

const ME = "/api/v1/me";

/** Whether the browser's session has ended. */
export const isLoggedOut = signal(false);

/** @type {Promise<boolean> | null} */
let renewing = null;

/**
 * Do it; once more if it was refused for the sake of a proof that can be renewed.
 *
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function proven(act) {
  try {
    return await act();
  } catch (error) {
    if (!isOfProof(/** @type {Error} */ (error)) || !(await renew())) throw error;
    return act();
  }
}

/** Whether the same person's session still holds. Whoever else has logged in begins anew. @returns {Promise<boolean>} */
export function renew() {
  renewing ??= askForPage().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function askForPage() {
  if (config.mode === "open") return false;
  if (isEmbedded) return takeToken(await newToken());
  try {
    // First the API: the page would take the cookie away from whoever comes with one that has just been replaced, and
    // with it the new one.
    const { status } = await fetch(ME);
    isLoggedOut.value = status === 401;
    if (status !== 200) return false;
    const answer = await fetch("/", { redirect: "manual" });
    return answer.ok && adopt(await answer.text());
  } catch {
    return false;
  }
}

// The site may give another one at any time.
if (isEmbedded) listenToHost(({ token }) => void takeToken(token));

/** @param {string | undefined} token */
function takeToken(token) {
  const userid = token && useridOf(token);
  isLoggedOut.value = !userid;
  if (!token || !userid) return false;
  // Until the page begins anew, it speaks for the same person.
  if (userid !== config.userid) beginAnew();
  else proveBy(token);
  return userid === config.userid;
}

/** @param {string} page */
function adopt(page) {
  const text = new DOMParser().parseFromString(page, "text/html").getElementById("config")?.textContent;
  const { userid, csrf } = JSON.parse(text ?? "{}");
  if (!userid) return false;
  if (userid !== config.userid) beginAnew();
  config.csrf = csrf;
  return userid === config.userid;
}

/** @param {Error} error   the server gives Django's reason for a token that does not fit */
const isOfProof = ({ name, message }) =>
  config.mode !== "open" && (name === "log_in_first" || (name === "not_allowed" && message.startsWith("CSRF")));
