// The page that is shown when the server cannot be reached: goes to the real one as soon as it can.

import { firstLanguage } from "./state/languages.js";
import { showKeptTheme } from "./state/theme.js";
import { TAGS } from "./text/language_tags.js";

const PAUSE_MS = 5000;
// A server that is back gets its people one after the other.
const SPREAD_MS = 5000;
const SECONDS = 10;

showKeptTheme();

const spoken = TAGS[firstLanguage()];
const cards = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".sign-in-card")]);
const card = /** @type {HTMLElement} */ (cards.find(({ lang }) => lang === spoken));
for (const one of cards) if (one !== card) one.remove();
document.documentElement.lang = card.lang;

const status = /** @type {HTMLElement} */ (card.querySelector("[role=status]"));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

async function tryAgain() {
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
  timer = setTimeout(tryAgain, PAUSE_MS + Math.random() * SPREAD_MS);
}

card.querySelector("button")?.addEventListener("click", tryAgain);
addEventListener("online", tryAgain);
timer = setTimeout(tryAgain, PAUSE_MS + Math.random() * SPREAD_MS);
