// Finds what people mark as code: `…` within a line, and lines between two of ```. Knows no page.

/**
 * A piece of a text. The marks themselves are in no piece.
 * @typedef {{ text: string, code?: "inline" | "block" }} Piece
 */

const FENCE = "```";
// What is more stays as it was written: each piece of code is an element.
const MAX_PIECES = 200;
const INLINE = /(?<!`)`([^`\n]{1,2000})`(?!`)/g;

/** @param {string} text @returns {Piece[]} */
export function pieces(text) {
  if (!text.includes("`")) return [{ text }];
  /** @type {Piece[]} */
  const parts = [];
  let end = 0;
  for (const block of blocksIn(text)) {
    parts.push(...withInline(text.slice(end, block.start)), { text: block.text, code: "block" });
    end = block.end;
    if (parts.length > MAX_PIECES) break;
  }
  parts.push(...withInline(text.slice(end)));
  return parts;
}

/** @param {string} text */
function* blocksIn(text) {
  for (let start = text.indexOf(FENCE); start >= 0; ) {
    const close = text.indexOf(FENCE, start + FENCE.length);
    if (close < 0) return;
    const block = blockIn(text, start, close);
    if (block) yield block;
    start = text.indexOf(FENCE, close + FENCE.length);
  }
}

/** Nothing if there is nothing in it. @param {string} text @param {number} start @param {number} close */
function blockIn(text, start, close) {
  const inner = text.slice(start + FENCE.length, close);
  // After the opening marks, a word says which language it is.
  const code = inner.replace(/^[\w+#.-]{0,20}\n/, "").replace(/^\n|\n$/g, "");
  if (!code.trim()) return undefined;
  // The ends of the lines on which the marks stand are theirs.
  const from = text[start - 1] === "\n" ? start - 1 : start;
  const to = close + FENCE.length;
  return { start: from, end: text[to] === "\n" ? to + 1 : to, text: code };
}

/** @param {string} text @returns {Piece[]} */
function withInline(text) {
  /** @type {Piece[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match[1], code: "inline" });
    end = match.index + match[0].length;
    if (parts.length > MAX_PIECES) break;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}
