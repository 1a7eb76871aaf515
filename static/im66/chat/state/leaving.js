// Ends the use of the page by this person.

import { config } from "../config.js";
import { sleepAtLast } from "./pushing.js";
import { askHost, isEmbedded } from "../wire/host.js";
import { signOut } from "./session.js";
import { notifyTabs } from "./tabs.js";
import { postToWorker } from "./worker.js";

const loadHistory = () => import("./history.js");

/** In token mode the browser's session ends too. */
export async function leave() {
  if (isEmbedded) return askHost("left");
  notifyTabs({ ev: "left" });
  await sleepAtLast();
  await postToWorker(null);
  if (config.history) await loadHistory().then(({ forget }) => forget(), () => {});
  if (config.mode === "open") signOut();
  else post(config.urls.logout);
}

/** Prove anew who one is. */
export function logInAgain() {
  if (config.mode === "open") signOut();
  else if (isEmbedded) location.reload();
  else location.assign(`${config.urls.login}?next=${encodeURIComponent(location.pathname)}${location.hash}`);
}

/** As a form of the page would. @param {string} url */
function post(url) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url, hidden: true });
  form.append(Object.assign(document.createElement("input"), { name: "csrfmiddlewaretoken", value: config.csrf }));
  document.body.append(form);
  form.submit();
}
