// Loads again what could not be loaded, after pauses that grow, and at once when the browser is online again.

import { effect } from "../../vendor/signals.js";

const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 60;

/**
 * @param {() => string} stateOf   what reads signals: "failed" if it is to be loaded again, "ready" if it is there
 * @param {() => Promise<void>} load
 * @returns {() => void} ends it
 */
export function keepTrying(stateOf, load) {
  let pause = FIRST_PAUSE;
  return effect(() => {
    const state = stateOf();
    if (state === "ready") pause = FIRST_PAUSE;
    if (state !== "failed") return undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let isOver = false;
    const plan = () => {
      clearTimeout(timer);
      timer = setTimeout(act, pause * 1000);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    };
    const act = async () => {
      await load();
      if (!isOver) plan();
    };
    plan();
    addEventListener("online", act);
    return () => {
      isOver = true;
      clearTimeout(timer);
      removeEventListener("online", act);
    };
  });
}
