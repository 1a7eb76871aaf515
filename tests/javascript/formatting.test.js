// static/im66/chat/text/formatting.js: what is marked in a text.
import assert from "node:assert/strict";
import test from "node:test";

import { formatted, plainText } from "../../static/im66/chat/text/formatting.js";

const inline = (node) => ("nodes" in node ? `<${node.mark}>${written(node.nodes)}</${node.mark}>` : node.isCode ? `[${node.text}]` : node.href ? `<${node.text}>` : node.text);
const written = (nodes) => nodes.map(inline).join("");
const shown = (part) => {
  if (part.type === "code") return `{${part.text}}`;
  if (part.type === "list") return part.items.map(({ bullet, nodes }) => `(${bullet}|${written(nodes)})`).join("");
  return part.type === "quote" ? `“${written(part.nodes)}”` : written(part.nodes);
};
const read = (text) => formatted(text).map(shown).join("/");

for (const [text, meant] of [
  ["a **b** *c* ~~d~~", "a <strong>b</strong> <em>c</em> <s>d</s>"],
  ["***a***, **b *c***", "<strong><em>a</em></strong>, **b *c***"],
  ["**a *b* ~~c~~**", "<strong>a <em>b</em> <s>c</s></strong>"],
  ["这是**重点**，*斜*体", "这是<strong>重点</strong>，<em>斜</em>体"],
  ["**https://a.b/*c*** `**d**`", "**<https://a.b/*c>*** [**d**]"],
  ["**`a`** **https://a.b**", "<strong>[a]</strong> <strong><https://a.b></strong>"],
  ["a\n> b\n> **c**\nd", "a/“b\n<strong>c</strong>”/d"],
  [">> a", "“> a”"],
  ["- a\n* *b*\nc\n1. d\n2) e", "(-|a)(*|<em>b</em>)/c/(1.|d)(2)|e)"],
  ["- https://a.b\n- `c`", "(-|<https://a.b>)(-|[c])"],
  ["```\n*a*\n```\n> b", "{*a*}/“b”"],
  ["\u200f*\u05d0*\u200f", "\u200f<em>\u05d0</em>\u200f"],
]) {
  test(`${JSON.stringify(text)} is formatted`, () => assert.equal(read(text), meant));
}

for (const text of [
  "", "*", "**", "****", "** a **", "2*3*4", "2 * 3 * 4", "a_b_c", "snake*case*name", "**a\nb**", "好呀~~明天见~~", "a ~ b ~ c", "-1", "1.5", "a > b", "***", "\n\na\n", "<b>a</b>",
  "*".repeat(10_000),
]) {
  test(`${JSON.stringify(text.slice(0, 20))} stays as it is`, () => assert.equal(read(text), text));
}

test("marks across each other belong to the first one", () => {
  assert.equal(read("**a *b** c*"), "<strong>a *b</strong> c*");
});

test("few elements are made of many marks, and no text is lost", () => {
  assert.equal(written(formatted("*a* ".repeat(16_000))[0].nodes).replaceAll(/<.?em>/g, "*"), "*a* ".repeat(16_000));
  assert.equal(formatted("*a* ".repeat(16_000))[0].nodes.filter((node) => "mark" in node).length, 500);
  for (const line of ["- a\n", "> a\nb\n", "- a\n> b\n"]) {
    const parts = formatted(line.repeat(10_000));
    const elements = parts.flatMap((part) => (part.type === "list" ? part.items : [part]));
    assert.ok(elements.length <= 201, line);
  }
});

test("lists and notifications have no marks", () => {
  assert.equal(plainText("> **a** ~~b~~\n`c` https://d.e"), "a b c https://d.e");
  assert.equal(plainText("2 * 3"), "2 * 3");
});
