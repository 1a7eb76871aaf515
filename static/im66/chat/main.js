// Starts the client.

import { effect, html, render } from "./html.js";
import { link, start } from "./state/client.js";
import { startNotifying } from "./state/notifying.js";
import { startWaking } from "./state/pushing.js";
import { spoken } from "./state/preferences.js";
import { show } from "./state/route.js";
import { me } from "./state/session.js";
import { listenToWorker } from "./state/worker.js";
import { App } from "./ui/app.js";
import { endBeginning, takeBrought } from "./wire/first_requests.js";
import { isEmbedded } from "./wire/host.js";
import { asset, config } from "./config.js";
import { beginAnew } from "./wire/beginning.js";
import { answerWithoutServer } from "./wire/api.js";
import { unread } from "./state/conversations.js";

const TITLE = "im66";
// First comes what somebody waits for.
const INSTALL_MS = 3000;
const loadInstalled = () => import("./state/installed.js");
const loadShortcuts = () => import("./ui/shortcuts.js");
const loadHistory = () => import("./state/history.js");
const MAX_SHOWN = 99;

endBeginning();
takeBrought(me.peek());

const draw = () => render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
const otherTasks = () => new Promise((resolve) => setTimeout(resolve));

/** @type {Promise<unknown>} */
let listed = Promise.resolve();

const stop = effect(() => {
  if (!me.value) return;
  queueMicrotask(() => stop());
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: config.urls.style }));
  listed = start();
  startNotifying();
  startCounting();
  loadShortcuts().then(({ startShortcuts }) => startShortcuts(), () => {});
  if (!isEmbedded) beOnDevice();
});

if (config.history) answerWithoutServer((path, query) => loadHistory().then(({ answer }) => answer(path, query), () => undefined));
// What was kept is not shown as what is.
if (config.offline) effect(() => void (link().state === "open" && beginAnew()));

// If the list has been answered by now, it is drawn with all the rest.
void Promise.all([Promise.race([listed, otherTasks()]), spoken]).then(draw);

/** What a page has that stands for the whole app on this device. */
function beOnDevice() {
  startWaking();
  listenToWorker(show);
  setTimeout(() => loadInstalled().then(({ beInstalled }) => beInstalled(), () => {}), INSTALL_MS);
}

/** How many messages are unread, where the page is not looked at: in its title and its icon. */
function startCounting() {
  effect(() => {
    const count = unread.value;
    document.title = count > 0 ? `(${count > MAX_SHOWN ? `${MAX_SHOWN}+` : count}) ${TITLE}` : TITLE;
  });
  effect(() => {
    const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel="icon"]'));
    if (icon) icon.href = asset(unread.value > 0 ? "favicon-unread.svg" : "favicon.svg");
  });
}
