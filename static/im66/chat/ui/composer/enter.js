// What Enter does in a box: it sends where there is a keyboard, and begins a new line on a screen that is touched, whose
// keyboard has no Shift and Enter.

/** Whether the user has more than the keyboard on a screen. */
export const hasKeyboard = () => !matchMedia("(pointer: coarse)").matches;

/** Whether this key sends what is in the box. @param {KeyboardEvent} event */
export function sends(event) {
  if (event.key !== "Enter" || isComposed(event)) return false;
  if (event.ctrlKey || event.metaKey) return true;
  return hasKeyboard() && !event.shiftKey && !event.altKey;
}

/** While a word is composed its keys are not for us. Safari tells the last of them afterwards, with the old code. @param {KeyboardEvent} event */
export const isComposed = (event) => event.isComposing || event.keyCode === 229;
