// What files are, by what the browser says of them. What a file really is, the server sees in its content.

import { config } from "../config.js";

/** @typedef {string} FileKind   the kind of messages with such files */

/** @type {Record<string, FileKind>} */
const BY_MEDIA = Object.fromEntries(Object.entries(config.kinds).map(([kind, { media }]) => [media, kind]).filter(([media]) => media));

// Browsers have no type for some of the files that phones make.
/** @type {Record<string, string>} */
const BY_ENDING = {
  amr: "audio", caf: "audio", m4a: "audio", opus: "audio",
  "3gp": "video", mkv: "video", mov: "video",
  avif: "image", heic: "image", heif: "image",
};

/**
 * What a file can be sent as; null if it is none of these.
 *
 * @param {{ name: string, type: string }} file
 * @returns {FileKind | null}
 */
export function kindOf({ name, type }) {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return BY_MEDIA[type ? type.split("/")[0] : BY_ENDING[ending]] ?? null;
}

/** What a file chooser is to offer. */
export const ACCEPTED = "image/*,audio/*,video/*,.amr,.caf,.heic";
