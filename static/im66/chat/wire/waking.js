// When a page goes on after it could not: the network is there again, the page is looked at again, the machine has
// slept. A connection may have died meanwhile without a word.

const TICK_SECONDS = 20;
// The timers of pages that nobody sees run once a minute.
const SLEPT_SECONDS = 80;

/** @param {() => void} act @param {AbortSignal} signal   when to stop */
export function onWaking(act, signal) {
  addEventListener("online", act, { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && act(), { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && act(), { signal });
  let last = Date.now();
  const timer = setInterval(() => {
    const hasSlept = Date.now() - last > SLEPT_SECONDS * 1000;
    last = Date.now();
    if (hasSlept) act();
  }, TICK_SECONDS * 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
