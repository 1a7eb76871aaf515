// Takes texts of the log apart into tokens: `[what, text]`. Joined, their texts are the whole again.

import { RECEIVED } from "./legacy.js";

const RECEIVED_ARE = ["verb", "name", "string", "literal", "name", "number", "rest"];
const SENT = /^([a-z]+)_([^_]+)_(.*)_(unicast|group)_(.*)$/s;
const SENT_ARE = ["verb", "name", "string", "literal", "rest"];
// A string that does not end goes on to the end of the text: else each quote in it would be tried as a beginning.
const JSON_TOKENS = /("(?:[^"\\]|\\[^]?)*(?:"|$))(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** A frame of the shipped apps' dialect. */
export function ofLegacy(text, isReceived) {
  const match = (isReceived ? RECEIVED : SENT).exec(text);
  if (match) return joined(match.slice(1), isReceived ? RECEIVED_ARE : SENT_ARE);
  const [verb, ...fields] = text.split("_");
  return joined([verb, ...fields], ["verb", ...fields.map((field) => (/^\d+$/.test(field) ? "number" : "name"))]);
}

/** JSON, or what only resembles it. */
export function ofJson(text) {
  const tokens = [];
  let end = 0;
  for (const match of text.matchAll(JSON_TOKENS)) {
    tokens.push(["", text.slice(end, match.index)], ...ofMatch(match));
    end = match.index + match[0].length;
  }
  return [...tokens, ["", text.slice(end)]];
}

/** A request or a reply: one line says most, and the body may be JSON. */
export function ofHttp(text) {
  const [, first, rest, body] = /^(\S+)((?:(?!\n\n)[^])*)([^]*)$/.exec(text) ?? [null, "", text, ""];
  return [["verb", first], ["", rest], ...(/^\s*[[{]/.test(body) ? ofJson(body) : [["", body]])];
}

const ofMatch = ([match, string, colon, literal]) => {
  if (string !== undefined) return [[colon ? "key" : "string", string], ["", colon ?? ""]];
  return [[literal === undefined ? "number" : "literal", match]];
};

const joined = (fields, kinds) =>
  fields.flatMap((field, place) => [...(place ? [["separator", "_"]] : []), [kinds[place], field]]);
