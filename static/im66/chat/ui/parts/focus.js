// Where the focus goes when what had it leaves the page: to nobody, unless it is given to somebody.

import { useLayoutEffect } from "../../html.js";

/** Give it back, when an element goes, to what had it when the element came. @param {{ current: HTMLElement | null }} element */
export function useFocusBack(element) {
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const here = element.current;
    return () => {
      if (here?.contains(document.activeElement)) before?.focus();
    };
  }, []);
}

/** Give it to an element that has just come, before the next key does. @param {() => HTMLElement | null | undefined} find */
export const useFocusAtOnce = (find) => useLayoutEffect(() => find()?.focus(), []);

/** Give it to an element, as soon as the page is drawn, if nothing has it then. @param {() => HTMLElement | null} find */
export const focusIfLost = (find) =>
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) find()?.focus();
  });
