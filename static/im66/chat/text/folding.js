// Long texts, of which only the beginning is shown at first. Pure.

const MOST_CHARACTERS = 1500;
const MOST_LINES = 25;
// What is folded must be worth a button.
const SLACK = 1.3;

/** The beginning of a long text; null if all of it may be shown. @param {string} text */
export function beginning(text) {
  const lines = text.split("\n");
  if (text.length <= MOST_CHARACTERS * SLACK && lines.length <= MOST_LINES * SLACK) return null;
  const cut = lines.slice(0, MOST_LINES).join("\n").slice(0, MOST_CHARACTERS);
  // A character of two units stays whole.
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
