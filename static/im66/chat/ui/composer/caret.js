// Where one writes in a text box.

/** Put a text where the caret is, as if it had been typed. @param {HTMLTextAreaElement | null} box @param {string} text */
export function insert(box, text) {
  if (!box) return;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Go to the end of it. @param {HTMLTextAreaElement} box */
export function toEnd(box) {
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}
