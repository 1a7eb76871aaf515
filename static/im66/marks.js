// Makes visible what a frame may hold and nobody would see.

const MARKS = { "\n": "↵", "\r": "␍", "\t": "⇥" };

/** `text` as nodes in which white space of other kinds than a blank has a mark. */
export function marked(text) {
  return text
    .split(/([\n\r\t])/)
    .filter(Boolean)
    .map((part) => (part in MARKS ? mark(part) : part));
}

// The sign itself is the stylesheet's: what is copied off the page is the frame, byte for byte.
function mark(character) {
  const element = document.createElement("span");
  element.className = "mark";
  element.dataset.mark = MARKS[character];
  element.textContent = character;
  return element;
}
