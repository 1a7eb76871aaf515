// Writes the types of all frames from the schema of the dialect, and those of all calls from the OpenAPI document, which
// the server's code prints: `node types.mjs`. `--check`: only says whether they are as they should be.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PYTHON = process.env.PYTHON ?? `${ROOT}.venv/bin/python`;
const API = "/api/v1/";
const JSON_TYPE = "application/json";
const FORM_TYPE = "multipart/form-data";
// Parameters of trusted backends: a client has a person's token.
const OF_KEYS = new Set(["as"]);

await write("types.d.ts", "docs/json.schema.json", "Frames", frames());
await write("calls.d.ts", "the OpenAPI document (manage.py openapi)", "Calls", calls());

/** @param {string} file @param {string} source @param {string} name @param {object} schema */
async function write(file, source, name, schema) {
  const path = `${ROOT}static/im66/client/${file}`;
  const bannerComment = `// Made by clients/typescript/types.mjs from ${source}. Do not edit.\n`;
  const made = await compile(schema, name, { additionalProperties: false, bannerComment });
  if (!process.argv.includes("--check")) writeFileSync(path, made);
  else if (made !== readFileSync(path, "utf8")) process.exitCode = 1;
}

function frames() {
  const { $defs, discriminator: _, ...command } = JSON.parse(readFileSync(`${ROOT}docs/json.schema.json`, "utf8"));
  const names = ["Command", "Event", "Ok", "Error", ...Object.keys($defs).filter((name) => name.startsWith("Api"))];
  return {
    ...objectOf(Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }]))),
    description: "What goes over the socket, and what the API answers.",
    $defs: titled({ ...$defs, Command: command }, titleOf),
  };
}

/** Commands and events of the same name are told apart. @param {string} name */
function titleOf(name) {
  if (name === "Error") return "Refusal";
  return name.startsWith("_") ? `${name.slice(1)}Command` : name;
}

/** By method and path: the parts of the path, the query, the body and the answer. */
function calls() {
  const printed = execFileSync(PYTHON, ["manage.py", "openapi"], { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 26 });
  const document = printed.replaceAll("#/components/schemas/", "#/$defs/");
  const { paths, components } = JSON.parse(document, (name, value) => (isList(name, value) ? undefined : value));
  const byMethod = {};
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const call = callOf(operation);
      if (call) (byMethod[method.toUpperCase()] ??= {})[path.replace(API, "")] = call;
    }
  }
  const methods = Object.entries(byMethod).map(([method, made]) => [method, objectOf(made)]);
  return {
    ...objectOf(Object.fromEntries(methods)),
    description: "What `call` takes and answers, by method and path.",
    $defs: titled(components.schemas, (name) => name),
  };
}

/** Of an enumeration, the description lists what its type has. @param {string} name @param {unknown} value */
function isList(name, value) {
  return name === "description" && typeof value === "string" && value.startsWith("* `");
}

/** Undefined for one that takes headers, or bytes that are neither JSON nor a form, as `call` cannot make it. */
function callOf({ description, parameters = [], requestBody, responses }) {
  const bodies = Object.keys(requestBody?.content ?? {});
  const successes = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const contents = successes.map(([, { content = {} }]) => content);
  const isJson = contents.every((content) => !Object.keys(content).length || content[JSON_TYPE]);
  const isPlain = !bodies.length || bodies.includes(JSON_TYPE) || bodies.includes(FORM_TYPE);
  if (!isJson || !isPlain || parameters.some((one) => one.in === "header" && one.required)) return undefined;
  const answers = contents.map((content) => content[JSON_TYPE]?.schema ?? { tsType: "undefined" });
  const parts = {
    path: partOf(parameters, "path", () => ({ type: ["string", "integer"] })),
    query: partOf(parameters, "query", ({ schema }) => schema),
    body: bodies.length ? (requestBody.content[JSON_TYPE]?.schema ?? { tsType: "FormData" }) : undefined,
    answer: answers.length > 1 ? { anyOf: answers } : (answers[0] ?? { tsType: "undefined" }),
  };
  const present = Object.fromEntries(Object.entries(parts).filter(([, schema]) => schema));
  const isOptional = { query: !parts.query?.required.length, body: !requestBody?.required };
  return { ...objectOf(present, (name) => !isOptional[name]), description };
}

/** @param {any[]} parameters @param {string} place @param {(parameter: any) => object} schemaOf */
function partOf(parameters, place, schemaOf) {
  const here = parameters.filter((one) => one.in === place && !OF_KEYS.has(one.name));
  if (!here.length) return undefined;
  const required = new Set(here.filter((one) => one.required).map(({ name }) => name));
  return objectOf(Object.fromEntries(here.map((one) => [one.name, schemaOf(one)])), (name) => required.has(name));
}

/** @param {Record<string, object>} properties @param {(name: string) => boolean} [isRequired] */
function objectOf(properties, isRequired = () => true) {
  const required = Object.keys(properties).filter(isRequired);
  return { type: "object", properties, required, additionalProperties: false };
}

/** @param {Record<string, object>} schemas @param {(name: string) => string} titleFor */
function titled(schemas, titleFor) {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, { ...schema, title: titleFor(name) }]));
}
