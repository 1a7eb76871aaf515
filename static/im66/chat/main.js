// Starts the client.

import { effect, html, render } from "./html.js";
import { start } from "./state/client.js";
import { startNotifying } from "./state/notifying.js";
import { startWaking } from "./state/pushing.js";
import { me } from "./state/session.js";
import { startCounting } from "./state/title.js";
import { App } from "./ui/app.js";
import { startShortcuts } from "./ui/shortcuts.js";
import { endBeginning, takeBrought } from "./wire/first_asked.js";

endBeginning();
takeBrought(me.peek());

const draw = () => render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
const otherTasks = () => new Promise((resolve) => setTimeout(resolve));

/** @type {Promise<unknown>} */
let listed = Promise.resolve();

const stop = effect(() => {
  if (!me.value) return;
  queueMicrotask(() => stop());
  listed = start();
  startNotifying();
  startCounting();
  startWaking();
});

startShortcuts();

// If the list has been answered by now, it is drawn with all the rest.
void Promise.race([listed, otherTasks()]).then(draw);
