// Makes dist/. What the page of the server has already comes from there: rules about days, lists and windows, colours, and
// the Chinese texts.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => readFileSync(here(path), "utf8");
const PAGE = "../../static/im66/chat";
const SHARED = ["text/words.js", "text/times.js", "text/sequence.js", "text/slices.js", "text/initials.js", "text/links.js", "ui/parts/window.js"];

for (const folder of ["dist", "src/shared"]) {
  rmSync(here(folder), { recursive: true, force: true });
  mkdirSync(here(folder));
}
for (const path of SHARED) {
  const text = read(`${PAGE}/${path}`).replace('"../../html.js"', '"react"');
  writeFileSync(here(`src/shared/${path.split("/").at(-1)}`), text);
}
writeFileSync(here("src/shared/texts.js"), `export const zh = ${JSON.stringify(chinese(), null, 2)};\n`);
copyFileSync(here("../../LICENSE"), here("LICENSE"));
// Its types.
execFileSync(process.execPath, [here("../typescript/build.mjs")], { stdio: "inherit" });
execFileSync(process.execPath, [here("../../node_modules/typescript/bin/tsc"), "--project", here("tsconfig.json")], { stdio: "inherit" });
writeFileSync(here("dist/im66.css"), colours() + read("im66.css"));

/** The texts of the components, as the page says them in Chinese. */
function chinese() {
  const catalogue = read("../../locale/zh_Hans/LC_MESSAGES/django.po");
  const translated = new Map([...catalogue.matchAll(/\nmsgid "(.+)"\n(?:msgid_plural ".+"\nmsgstr\[0\]|msgstr) "(.+)"/g)].map(([, text, own]) => [text, own]));
  const sources = [...readdirSync(here("src")).filter((name) => name.endsWith(".tsx")).map((name) => `src/${name}`), "src/shared/times.js"];
  const texts = sources.flatMap((path) => [...read(path).matchAll(/\b(?:t|counted)\((?:\w+, )?"([^"]+)"/g)].map(([, text]) => text));
  return Object.fromEntries(texts.map((text) => [text, translated.get(text) ?? fail(`No Chinese for ${text}`)]));
}

/** Those of the page, for what is inside the components only. */
function colours() {
  const tokens = read(`${PAGE}/css/tokens.css`);
  const dark = /:root\[data-theme="dark"\] (\{[^}]+\})/.exec(tokens)[1];
  const own = tokens.replaceAll(':root[data-theme="dark"]', '.im66[data-theme="dark"]').replaceAll(":root", ".im66");
  return `${own}\n@media (prefers-color-scheme: dark) {\n  .im66:not([data-theme]) ${dark}\n}\n`;
}

/** @param {string} why @returns {never} */
function fail(why) {
  throw new Error(why);
}
