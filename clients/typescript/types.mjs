// Writes the types of all frames and of answers of the API, from the schema of the dialect: `node types.mjs`. `--check`: only says whether they are
// as they should be.

import { readFileSync, writeFileSync } from "node:fs";
import { compile } from "json-schema-to-typescript";

const SCHEMA = new URL("../../docs/json.schema.json", import.meta.url);
const TYPES = new URL("../../static/im66/client/types.d.ts", import.meta.url);
const BANNER = "// Made by clients/typescript/types.mjs from docs/json.schema.json. Do not edit.\n";

const { $defs, discriminator: _, ...command } = JSON.parse(readFileSync(SCHEMA, "utf8"));
const parts = JSON.parse(JSON.stringify({ ...$defs, Command: { title: "Command", ...command } }));
for (const [name, part] of Object.entries(parts)) part.title = titleOf(name);
const names = ["Command", "Event", "Ok", "Error", ...Object.keys($defs).filter((name) => name.startsWith("Api"))];
const schema = {
  title: "Frames",
  description: "What goes over the socket, and what the API answers.",
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }])),
  required: names,
  $defs: parts,
};
const made = await compile(schema, "Frames", { additionalProperties: false, bannerComment: BANNER });
if (process.argv.includes("--check")) process.exitCode = made === readFileSync(TYPES, "utf8") ? 0 : 1;
else writeFileSync(TYPES, made);

/** Commands and events of the same name are told apart. @param {string} name */
function titleOf(name) {
  if (name === "Error") return "Refusal";
  return name.startsWith("_") ? `${name.slice(1)}Command` : name;
}
