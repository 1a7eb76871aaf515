// A message in a few words: in lists, in quotes, in notifications.

import { config } from "../config.js";
import { kindNamed } from "./kinds.js";
import { translated, t } from "./words.js";

const LONGEST = 160;

/**
 * @param {Partial<import("../types.js").Message>} message
 * @returns {string} one line; empty for an empty text
 */
export function previewOf({ kind = "", content = "", recalled = false, ...more }) {
  if (recalled) return t("[Recalled]");
  const { line, title } = kindNamed(kind);
  // Marks of a text are no part of it.
  const message = { kind, content: content.slice(0, 2 * LONGEST), ...more };
  const words = line ? line(message) : [kindInWords(kind), title?.(message)].filter(Boolean).join(" ");
  return words.replace(/\s+/g, " ").trim().slice(0, LONGEST);
}

/** What stands for a message of this kind. @param {string} [kind] */
export function kindInWords(kind = "") {
  const label = Object.hasOwn(config.kinds, kind) ? config.kinds[kind] : config.kinds[""];
  return `[${translated(label.en)}]`;
}
