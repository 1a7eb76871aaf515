// Of a long list of rows of one height, those that are near what is seen. The others are room.

import { useLayoutEffect, useState } from "../../html.js";

// So many are drawn beyond what is seen, on either side; it is looked anew after so many rows.
const BEYOND = 20;
const STEP = 10;
// A shorter list is drawn as a whole.
const LEAST = 80;
const GUESSED_HEIGHT = 66;

/** @typedef {{ from: number, to: number, height: number }} Window   the rows from `from` on and before `to` */

/**
 * @param {{ current: HTMLElement | null }} list   holds nothing but the rows
 * @param {string} scroller   the selector of what scrolls
 * @param {number} count   of the rows
 * @returns {Window}
 */
export function useWindow(list, scroller, count) {
  const isLong = count > LEAST;
  const [seen, setSeen] = useState({ from: 0, to: LEAST, height: GUESSED_HEIGHT });
  useLayoutEffect(() => {
    const element = list.current;
    const place = isLong ? element?.closest(scroller) : null;
    if (!element || !place) return undefined;
    const look = () => setSeen((before) => same(before, windowIn(element, place)));
    look();
    place.addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      place.removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [isLong]);
  if (!isLong) return { from: 0, to: count, height: 0 };
  // What is left of a list that was longer.
  const from = Math.max(0, Math.min(seen.from, count - LEAST));
  return { from, to: Math.min(count, Math.max(seen.to, from + LEAST)), height: seen.height };
}

/** @param {HTMLElement} list @param {Element} place @returns {Window} */
function windowIn(list, place) {
  const height = list.querySelector(".row")?.getBoundingClientRect().height || GUESSED_HEIGHT;
  const above = place.getBoundingClientRect().top - list.getBoundingClientRect().top;
  const first = Math.floor(above / height / STEP) * STEP - BEYOND;
  const rows = Math.ceil(place.clientHeight / height / STEP) * STEP + STEP;
  return { from: Math.max(0, first), to: Math.max(LEAST, first + rows + 2 * BEYOND), height };
}

/** @param {Window} before @param {Window} now */
const same = (before, now) => (before.from === now.from && before.to === now.to && before.height === now.height ? before : now);

/**
 * The rows that are drawn, with how many are left out before each; one that has the focus stays.
 *
 * @template T
 * @param {T[]} all
 * @param {Window} window
 * @param {number} focused   its place, or −1
 */
export function drawn(all, { from, to }, focused) {
  const places = Array.from({ length: to - from }, (_, at) => from + at);
  if (focused >= 0 && focused < from) places.unshift(focused);
  if (focused >= to) places.push(focused);
  return places.map((at, index) => ({ one: all[at], at, skipped: at - (index > 0 ? places[index - 1] + 1 : 0) }));
}
