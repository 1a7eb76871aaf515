// When a page goes on after it could not: the network is there again, the page is looked at again, the machine has
// slept. A connection may have died meanwhile without a word. It may also die while the page is looked at: then people
// should know as soon as they use it.

const TICK_SECONDS = 20;
// People press keys faster than anything needs to be looked at.
const USED_SECONDS = 1;
// The timers of pages that nobody sees run once a minute.
const SLEPT_SECONDS = 80;

/**
 * @param {() => void} act   on waking
 * @param {(isUsed: boolean) => void} look   while the page is looked at, now and then, and when somebody begins to use it
 * @param {AbortSignal} signal   when to stop
 */
export function onWaking(act, look, signal) {
  addEventListener("online", act, { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && act(), { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && act(), { signal });
  let last = Date.now();
  const timer = setInterval(() => {
    const hasSlept = Date.now() - last > SLEPT_SECONDS * 1000;
    last = Date.now();
    if (hasSlept) act();
    else if (document.visibilityState === "visible") look(false);
  }, TICK_SECONDS * 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  let used = 0;
  const use = () => {
    if (Date.now() - used < USED_SECONDS * 1000) return;
    used = Date.now();
    look(true);
  };
  for (const name of ["pointerdown", "keydown", "focus"]) addEventListener(name, use, { signal, passive: true });
}
