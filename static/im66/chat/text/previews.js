// A message in a few words: in lists, in quotes, in notifications.

import { config } from "../config.js";
import { inReadersLanguage } from "./service_texts.js";
import { t } from "./words.js";

const LONGEST = 160;

/**
 * @param {Partial<import("../types.js").Message>} message
 * @returns {string} one line; empty for an empty text
 */
export function previewOf({ kind, content = "", from, recalled = false }) {
  if (recalled) return t("[Recalled]");
  switch (kind) {
    case "picture":
      return t("[Picture]");
    case "audio":
      return t("[Voice message]");
    case "video":
      return t("[Video]");
    case "emotion":
      return t("[Sticker]");
    default:
      return (from === config.service ? inReadersLanguage(content) : content).slice(0, LONGEST).replace(/\s+/g, " ").trim();
  }
}
