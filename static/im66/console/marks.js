// Texts as nodes: coloured, and with what nobody would see made visible.

const MOST_TOKENS = 5_000;
const MARKS = { "\n": "↵", "\r": "␍", "\t": "⇥" };

/** `text` as nodes in which white space of other kinds than a blank has a mark. */
export function marked(text) {
  return text
    .split(/([\n\r\t])/)
    .filter(Boolean)
    .map((part) => (part in MARKS ? mark(part) : part));
}

/** Tokens (`[what, text]`) as nodes: each in an element whose class says what it is. */
export function coloured(tokens) {
  // A frame as long as a book would have more elements than the rest of the log.
  if (tokens.length > MOST_TOKENS) return marked(tokens.map(([, text]) => text).join(""));
  return tokens.flatMap(([what, text]) => (what && text ? [wrapped(what, marked(text))] : marked(text)));
}

function wrapped(what, nodes) {
  const element = document.createElement("span");
  element.className = `token ${what}`;
  element.append(...nodes);
  return element;
}

// The sign itself is the stylesheet's: what is copied off the page is the frame, byte for byte.
function mark(character) {
  const element = document.createElement("span");
  element.className = "mark";
  element.dataset.mark = MARKS[character];
  element.textContent = character;
  return element;
}
