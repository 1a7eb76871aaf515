// Loads the page anew, less and less often where one time follows the other: a server that contradicts itself, or has
// gone wrong, is not to be asked without a pause.

const KEY = "im66.begun";
const LONGEST_PAUSE = 60;
// Seconds after which the next time is a first one.
const FORGOTTEN = 120;

export function beginAnew() {
  const { at = 0, pause = 0 } = remembered();
  const isNext = Date.now() - at < FORGOTTEN * 1000;
  const next = isNext ? Math.min(LONGEST_PAUSE, pause * 2 || 2) : 0;
  setTimeout(() => {
    remember({ at: Date.now(), pause: next });
    location.reload();
  }, next * 1000);
}

/** @returns {{ at?: number, pause?: number }} */
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {object} answer */
function remember(answer) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(answer));
  } catch {
    // A browser that keeps nothing.
  }
}
