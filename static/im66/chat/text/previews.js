// A message in a few words: in lists, in quotes, in notifications.

import { config } from "../config.js";
import { plainText } from "./formatting.js";
import { inReadersLanguage } from "./service_texts.js";
import { nameFor, t } from "./words.js";

const LONGEST = 160;
// Marks are no part of it.
const LOOKED_AT = 2 * LONGEST;

/**
 * @param {Partial<import("../types.js").Message>} message
 * @returns {string} one line; empty for an empty text
 */
export function previewOf({ kind, content = "", from, place, file, recalled = false }) {
  if (recalled) return t("[Recalled]");
  const name = place?.name || file?.name;
  if (name) return `${kindInWords(kind)} ${name}`;
  if (kind !== "text" && kind !== "card") return kindInWords(kind);
  const said = (from === config.service ? inReadersLanguage(content) : content).slice(0, LOOKED_AT);
  return (kind === "text" ? plainText(said) : said).replace(/\s+/g, " ").trim().slice(0, LONGEST);
}

/** What stands for a message of this kind. @param {string} [kind] */
export function kindInWords(kind = "") {
  const said = Object.hasOwn(config.kinds, kind) ? config.kinds[kind] : config.kinds[""];
  return `[${nameFor(said)}]`;
}
