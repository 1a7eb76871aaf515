// Takes a text apart into what people mark in it: **bold**, *italic*, ~~struck~~, > quotes, lists, code and addresses.
// docs/json.md has the grammar. Takes time by the length of a text only. Knows no page.

import { pieces } from "./code.js";
import { linkify } from "./links.js";

/** @typedef {"strong" | "em" | "s"} Mark */
/**
 * What stands in a line: a text, a text that is code or an address, or nodes that are marked.
 * @typedef {{ text: string, href?: string, isCode?: boolean }} Leaf
 * @typedef {Leaf | { mark: Mark, nodes: Node[] }} Node
 */
/**
 * A part of a text. `items` have their own mark each, as it was written.
 * @typedef {{ type: "text", nodes: Node[] } | { type: "quote", nodes: Node[] } | { type: "list", items: { bullet: string, nodes: Node[] }[] } | { type: "code", text: string }} Part
 */

// What is more stays as it was written: each is an element.
const MAX_MARKED = 500;
const MAX_PARTS = 200;

/** @type {Record<string, Mark[]>} */
const MARKS = { "*": ["em"], "**": ["strong"], "***": ["strong", "em"], "~~": ["s"] };
const SIGNS = /\*+|~+|\n/g;
const ANY = /[*~`]|^(?:>|[-*] |\d{1,3}[.)] )/m;
const QUOTE = /^> ?/;
const ITEM = /^(?:[-*]|\d{1,3}[.)]) +/;
const LETTER = /[\p{L}\p{N}]/u;
// Between such letters people write no spaces.
const UNSPACED = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\p{scx=Thai}]/u;

/** @param {string} text @returns {Part[]} */
export function formatted(text) {
  /** @type {Part[]} */
  const parts = [];
  const counted = { left: MAX_MARKED };
  for (const piece of pieces(text)) {
    if (piece.code === "block") parts.push({ type: "code", text: piece.text });
    else add(piece.code ? [{ text: piece.text, isCode: true }] : linkify(piece.text), parts);
  }
  return parts.map((part) => finished(part, counted));
}

/** The text in one line, without the marks. @param {string} text */
export const plainText = (text) => (ANY.test(text) ? formatted(text).map(plainOf).join(" ") : text);

/** @param {Part} part @returns {string} */
function plainOf(part) {
  if (part.type === "code") return part.text;
  if (part.type === "list") return part.items.map(({ bullet, nodes }) => `${bullet} ${plainIn(nodes)}`).join(" ");
  return plainIn(part.nodes);
}

/** @param {Node[]} nodes @returns {string} */
const plainIn = (nodes) => nodes.map((node) => ("nodes" in node ? plainIn(node.nodes) : node.text)).join("");

/** Put what follows into the parts, line by line. @param {Leaf[]} tokens @param {Part[]} parts */
function add(tokens, parts) {
  for (const token of tokens) {
    const isOther = token.href || token.isCode;
    const lines = isOther ? [] : token.text.split("\n");
    // What is before the first end of a line belongs to the line that was begun.
    const first = lines.shift();
    if (isOther) current(parts).push(token);
    else if (first !== undefined) begunOr(parts, first);
    for (const line of lines) begin(line, parts);
  }
}

/** The nodes of the line that was begun. @param {Part[]} parts @returns {Node[]} */
function current(parts) {
  const last = parts.at(-1);
  if (!last || last.type === "code") begin("", parts);
  const part = /** @type {Exclude<Part, { type: "code" }>} */ (parts.at(-1));
  return part.type === "list" ? part.items[part.items.length - 1].nodes : part.nodes;
}

/** @param {Part[]} parts @param {string} text */
function begunOr(parts, text) {
  const last = parts.at(-1);
  if (!last || last.type === "code") begin(text, parts);
  else append(current(parts), { text });
}

/** How many parts and items there are: few enough to count them for each line. @param {Part[]} parts */
const sizeOf = (parts) => parts.reduce((size, part) => size + (part.type === "list" ? part.items.length : 1), 0);

/** @param {string} line @param {Part[]} parts */
function begin(line, parts) {
  const last = parts.at(-1);
  const isFull = sizeOf(parts) >= MAX_PARTS;
  const quote = isFull ? undefined : QUOTE.exec(line)?.[0];
  const item = isFull ? undefined : ITEM.exec(line)?.[0];
  if (item) {
    const made = { bullet: item.trim(), nodes: [{ text: line.slice(item.length) }] };
    if (last?.type === "list") last.items.push(made);
    else parts.push({ type: "list", items: [made] });
    return;
  }
  const type = quote === undefined ? "text" : "quote";
  const text = line.slice(quote?.length ?? 0);
  if (last?.type === type) append(last.nodes, { text: `\n${text}` });
  else parts.push({ type, nodes: [{ text }] });
}

/** @param {Part} part @param {{ left: number }} counted @returns {Part} */
function finished(part, counted) {
  if (part.type === "code") return part;
  if (part.type === "list") return { ...part, items: part.items.map(({ bullet, nodes }) => ({ bullet, nodes: marked(nodes, counted) })) };
  return { ...part, nodes: marked(part.nodes, counted) };
}

/** One that is open; the outermost has no sign. @typedef {{ sign: string, nodes: Node[] }} Open */

/** Find the marks in nodes that have none yet. @param {Node[]} nodes @param {{ left: number }} counted @returns {Node[]} */
function marked(nodes, counted) {
  /** @type {Open[]} */
  const open = [{ sign: "", nodes: [] }];
  for (const node of nodes) {
    if (isPlain(node)) scan(node.text, open, counted);
    else put(open, node);
  }
  giveUpTo(open, 1);
  return open[0].nodes;
}

/** @param {string} text @param {Open[]} open @param {{ left: number }} counted */
function scan(text, open, counted) {
  let end = 0;
  for (const { 0: sign, index } of text.matchAll(SIGNS)) {
    if (sign === "\n" && open.length > 1) {
      // Nothing is marked beyond the end of a line.
      put(open, { text: text.slice(end, index) });
      end = index;
      giveUpTo(open, 1);
    }
    if (!MARKS[sign]) continue;
    const [before, after] = [characterBefore(text, index), characterAt(text, index + sign.length)];
    const at = open.findIndex((one) => one.sign === sign);
    const closes = at > 0 && isInner(before) && !isWithin(sign, after) && !(at === open.length - 1 && isEmpty(open[at], text, end, index));
    const opens = at < 0 && isInner(after) && !isWithin(sign, before) && counted.left > 0;
    if (!closes && !opens) continue;
    put(open, { text: text.slice(end, index) });
    end = index + sign.length;
    if (opens) open.push({ sign, nodes: [] });
    else close(open, at, counted);
  }
  put(open, { text: text.slice(end) });
}

/** @param {Open} one @param {string} text @param {number} from @param {number} to */
const isEmpty = ({ nodes }, text, from, to) => nodes.length === 0 && text.slice(from, to).trim() === "";

/** Marks stand close to what they mark; "" is where a text begins or ends, or an address or code is. @param {string} character */
const isInner = (character) => !/^\s$/u.test(character);

/**
 * Whether the sign would be within a word, or is a tone of voice there: 好呀~~明天见~~
 *
 * @param {string} sign
 * @param {string} outer   the character on its outer side
 */
const isWithin = (sign, outer) => LETTER.test(outer) && (sign === "~~" || !UNSPACED.test(outer));

/** @param {string} text @param {number} at */
const characterAt = (text, at) => (at < text.length ? String.fromCodePoint(/** @type {number} */ (text.codePointAt(at))) : "");

/** @param {string} text @param {number} at */
const characterBefore = (text, at) => (/[\udc00-\udfff]/.test(text[at - 1] ?? "") ? text.slice(Math.max(0, at - 2), at) : text.slice(Math.max(0, at - 1), at));

/** What was opened within it is text. @param {Open[]} open @param {number} at @param {{ left: number }} counted */
function close(open, at, counted) {
  giveUpTo(open, at + 1);
  const { sign, nodes } = /** @type {Open} */ (open.pop());
  counted.left -= MARKS[sign].length;
  put(open, MARKS[sign].reduceRight((/** @type {Node[]} */ inner, mark) => [{ mark, nodes: inner }], nodes)[0]);
}

/** Those that are not closed: their signs are text. @param {Open[]} open @param {number} length   of what stays open */
function giveUpTo(open, length) {
  while (open.length > length) {
    const { sign, nodes } = /** @type {Open} */ (open.pop());
    put(open, { text: sign });
    for (const node of nodes) put(open, node);
  }
}

/** @param {Open[]} open @param {Node} node */
const put = (open, node) => append(open[open.length - 1].nodes, node);

/** @param {Node[]} nodes @param {Node} node */
function append(nodes, node) {
  const last = nodes.at(-1);
  if (isPlain(node) && last && isPlain(last)) nodes[nodes.length - 1] = { text: last.text + node.text };
  else if ("mark" in node || node.text) nodes.push(node);
}

/** @param {Node} node @returns {node is { text: string }} */
const isPlain = (node) => "text" in node && !node.href && !node.isCode;
