// The page that comes when the server cannot be reached. If this browser keeps messages, it becomes the chat, which reads
// them; else it says so. It goes to the real one as soon as it can.

import { config } from "./config.js";
import { firstLanguage } from "./state/languages.js";
import { showKeptTheme } from "./state/theme.js";
import { TAGS } from "./text/language_tags.js";
import { reopen } from "./wire/vault.js";

const PAUSE_MS = 5000;
// A server that is back gets its people one after the other.
const SPREAD_MS = 5000;
const SECONDS = 10;
// As state/history_keeper.js has it.
const INDEX = 0;

showKeptTheme();

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

void begin();

async function begin() {
  const vault = await reopen();
  const index = await vault?.read(INDEX).catch(() => undefined);
  vault?.close();
  if (vault && index) becomeChat(vault.label, index);
  else sayThatThereIsNone();
}

/** @param {import("./wire/vault.js").Label} label @param {import("./text/kept_history.js").Index} index */
function becomeChat({ login, days }, { userid, upto }) {
  const page = /** @type {HTMLElement} */ (document.getElementById("config"));
  page.textContent = JSON.stringify({ ...config, userid, head: upto, history: { login, days } });
  document.body.replaceChildren(Object.assign(document.createElement("div"), { id: "app" }));
  const { app } = /** @type {HTMLElement} */ (document.querySelector("[data-app]")).dataset;
  document.body.append(Object.assign(document.createElement("script"), { type: "module", src: app }));
}

function sayThatThereIsNone() {
  const spoken = TAGS[firstLanguage()];
  const cards = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".sign-in-card")]);
  const card = /** @type {HTMLElement} */ (cards.find(({ lang }) => lang === spoken));
  for (const one of cards) if (one !== card) one.remove();
  card.hidden = false;
  document.documentElement.lang = card.lang;
  const status = /** @type {HTMLElement} */ (card.querySelector("[role=status]"));
  const again = () => tryAgain(status);
  card.querySelector("button")?.addEventListener("click", again);
  addEventListener("online", again);
  planNext(status);
}

/** @param {HTMLElement} status */
function planNext(status) {
  timer = setTimeout(() => tryAgain(status), PAUSE_MS + Math.random() * SPREAD_MS);
}

/** @param {HTMLElement} status */
async function tryAgain(status) {
  clearTimeout(timer);
  status.hidden = false;
  try {
    // Any answer means that there is somebody.
    const { status } = await fetch("/push-worker.js", { cache: "no-store", signal: AbortSignal.timeout(SECONDS * 1000) });
    if (status < 500) return location.reload();
  } catch {
    // Not yet.
  }
  status.hidden = true;
  planNext(status);
}
