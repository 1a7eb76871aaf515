// A message in a few words: in lists, in quotes, in notifications.

import { t } from "./words.js";

const LONGEST = 160;

/**
 * @param {Partial<import("../types.js").Message>} message
 * @returns {string} one line; empty for an empty text
 */
export function previewOf({ kind, content = "", recalled = false }) {
  if (recalled) return t("[Recalled]");
  switch (kind) {
    case "picture":
      return t("[Picture]");
    case "audio":
      return t("[Voice message]");
    case "video":
      return t("[Video]");
    case "emotion":
      return t("[Emotion]");
    default:
      return content.slice(0, LONGEST).replace(/\s+/g, " ").trim();
  }
}
