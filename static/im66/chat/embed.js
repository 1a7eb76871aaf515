// The first script of the page inside a frame of another site: waits until that site says who uses it, by a token, and then
// begins as the page does. What the site says later is heard by wire/host.js.

import { config } from "./config.js";
import { showKeptTheme } from "./state/theme.js";
import { askHost, hearHost, useridOf } from "./wire/host.js";

showKeptTheme();
document.documentElement.toggleAttribute("data-only", new URLSearchParams(location.search).has("only"));

const stop = hearHost(({ token }, origin) => {
  const userid = useridOf(token);
  if (!userid) return;
  stop();
  const said = { ...config, userid, token, host: origin };
  /** @type {HTMLElement} */ (document.getElementById("config")).textContent = JSON.stringify(said);
  const own = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-next]"));
  document.head.append(Object.assign(document.createElement("script"), { type: "module", src: own.dataset.next }));
});
askHost("ready");
