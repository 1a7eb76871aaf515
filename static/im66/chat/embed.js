// The first script of the page inside a frame of another site: waits until that site says who uses it, by a token, and then
// begins as the page does. What the site says later is heard by wire/host.js.

import { config } from "./config.js";
import { showKeptTheme } from "./state/theme.js";
import { askHost, listenToHost, useridOf } from "./wire/host.js";

// The site's own script may begin to listen after this one has asked.
const FIRST_PAUSE = 1000;
const LAST_PAUSE = 32_000;

showKeptTheme();
document.documentElement.toggleAttribute("data-only", new URLSearchParams(location.search).has("only"));

const stop = listenToHost(({ token }, origin) => {
  const userid = useridOf(token);
  if (!userid) return;
  stop();
  clearTimeout(timer);
  const settings = { ...config, userid, token, host: origin };
  /** @type {HTMLElement} */ (document.getElementById("config")).textContent = JSON.stringify(settings);
  const own = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-next]"));
  document.head.append(Object.assign(document.createElement("script"), { type: "module", src: own.dataset.next }));
});

let timer = 0;
/** @param {number} pause   until it asks again */
function ask(pause) {
  askHost("ready");
  if (pause <= LAST_PAUSE) timer = setTimeout(ask, pause, 2 * pause);
}
ask(FIRST_PAUSE);
