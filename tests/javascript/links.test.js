// static/im66/chat/text/links.js: which part of a text is a web address, and where it leads.
import assert from "node:assert/strict";
import test from "node:test";

import { linkify } from "../../static/im66/chat/text/links.js";

const addresses = (text) => linkify(text).filter((part) => part.href).map((part) => part.text);

test("an address is a link, and what stands around it is not", () => {
  assert.deepEqual(linkify("看 https://example.com/a?b=1#c 吧"), [
    { text: "看 " },
    { text: "https://example.com/a?b=1#c", href: "https://example.com/a?b=1#c" },
    { text: " 吧" },
  ]);
});

test("a text without an address is one part, and no text none", () => {
  assert.deepEqual(linkify("Hello, 世界"), [{ text: "Hello, 世界" }]);
  assert.deepEqual(linkify(""), []);
});

test("an address that starts with www leads to http", () => {
  assert.deepEqual(linkify("www.example.com"), [{ text: "www.example.com", href: "http://www.example.com" }]);
});

const ALONE = [
  "http://example.com",
  "HTTPS://Example.COM/Path",
  "http://localhost:6060/#/g/10",
  "http://127.0.0.1:6060",
  "http://[::1]:6060/a",
  "https://user@example.com/a",
  "https://example.com/a-b_c~d/%E4%B8%AD?x=1&y[]=2,3;4!a$b'c*d#e:f@g+h=",
  "https://example.com/wiki/Set_(mathematics)",
  "https://example.com/a_(b)_(c)/d",
  "https://example.com/dQw4w9WgXc_",
  "https://example.com/~alice/",
  "https://müller.example/straße",
  "https://пример.example/путь",
  "www.example.com/a",
  "WWW.Example.com",
];

for (const address of ALONE) {
  test(`${address} is an address as a whole`, () => {
    assert.deepEqual(addresses(address), [address]);
    assert.deepEqual(addresses(`See ${address} there`), [address]);
    assert.deepEqual(addresses(`看${address}吧`), [address]);
  });
}

const AFTER = [
  ...[".", ",", ";", ":", "!", "?", "...", "?!", "'", '"', "*", "~", "~~", ">", "`", "|", "\\"],
  ...[")", "]", ").", ")?", ")]"],
  ...["。", "，", "、", "；", "：", "！", "？", "…", "……", "——", "～", "”", "’", "」", "』", "》", "）", "】", "》。"],
  ...["的文章", "、和别的", "（官网）", "「名」", "です", "カナ", "ー", "입니다", "ㄅ", "１２３", "Ａ", "😀"],
  ...["\n", "\u3000", "\u00a0", "\u200b", "\u202e", "(", "(中文)", "（", ")和", ")，看"],
];

for (const after of AFTER) {
  test(`${JSON.stringify(after)} after an address is not a part of it`, () => {
    for (const address of ["https://example.com", "https://example.com/a", "www.example.com/a?b=c"]) {
      assert.deepEqual(addresses(`看${address}${after}`), [address]);
    }
  });
}

test("a bracket is a part of the address if it was opened there", () => {
  assert.deepEqual(addresses("(https://example.com/a_(b))"), ["https://example.com/a_(b)"]);
  assert.deepEqual(addresses("(see https://example.com/a_(b), too)"), ["https://example.com/a_(b)"]);
  assert.deepEqual(addresses("[https://example.com/a]"), ["https://example.com/a"]);
  assert.deepEqual(addresses("[title](https://example.com/a)"), ["https://example.com/a"]);
  assert.deepEqual(addresses("https://example.com/a)("), ["https://example.com/a"]);
});

test("several addresses in one text are each found", () => {
  const text = "https://a.example，www.b.example、http://c.example\nhttps://d.example";
  const found = ["https://a.example", "www.b.example", "http://c.example", "https://d.example"];
  assert.deepEqual(addresses(text), found);
});

const NONE = [
  ...["http://", "https://.", "https:///a", "https://中文", "http:example.com", "://example.com"],
  ...["https://[", "http://?", "https://example.com:99999", "https://[::1", "https://%"],
  ...["www", "www.", "www.example", "www..example", "www.example.", "awww.example.com", "me@www.example.com"],
  ...["example.com", "alice@example.com", "3.14", "v1.2.3", "xhttp://example.com", "_https://example.com"],
  ...["javascript:alert(1)", "data:text/html,a", "ftp://example.com", "file:///etc/passwd", "tel:123", "vbscript:a"],
];

for (const text of NONE) {
  test(`${JSON.stringify(text)} is no address`, () => assert.deepEqual(linkify(text), [{ text }]));
}

test("no address leads anywhere but to http and https", () => {
  const text = "javascript:alert(1)//https://example.com JAVASCRIPT:www.example.com data:,http://example.com";
  assert.equal(addresses(text).length, 3);
  for (const { href } of linkify(text).filter((part) => part.href)) {
    assert.match(new URL(href).protocol, /^https?:$/);
  }
});

test("the parts joined are the text", () => {
  const pieces = [
    "https://", "www.", "a.example", "/", "(", ")", "[", "]", ".", ",",
    "。", "，", "中", "é", " ", "\n", "😀", "\ud83d"
  ];
  const piece = (number) => pieces[number % pieces.length];
  for (let seed = 1; seed < 20_000; seed += 1) {
    const text = Array.from({ length: 1 + (seed % 9) }, (_, at) => piece(seed * (at + 7) * 31)).join("");
    const parts = linkify(text);
    assert.equal(parts.map((part) => part.text).join(""), text);
    assert.ok(parts.every((part) => part.text));
  }
});

const LONG = 64 * 1024;
const SLOW = [
  "https://example.com/" + ")".repeat(LONG),
  ...["https://a(", "www.", "éwww.a", "http://[", "https://", "中https://a.b"].map((piece) =>
    piece.repeat(LONG / piece.length),
  ),
];

for (const text of SLOW) {
  test(`the longest message is taken apart at once: ${text.slice(0, 24)}…`, () => {
    const start = performance.now();
    linkify(text);
    assert.ok(performance.now() - start < 200);
  });
}
