// Starts the client.

import { effect, html, render } from "./html.js";
import { start } from "./state/client.js";
import { startNotifying } from "./state/notifying.js";
import { startWaking } from "./state/pushing.js";
import { me } from "./state/session.js";
import { startCounting } from "./state/title.js";
import { App } from "./ui/app.js";
import { startShortcuts } from "./ui/shortcuts.js";

const stop = effect(() => {
  if (!me.value) return;
  queueMicrotask(() => stop());
  start();
  startNotifying();
  startCounting();
  startWaking();
});

startShortcuts();

render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
