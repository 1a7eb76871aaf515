// What files are sent as, by what the browser says of them. What a picture, a recording or a video really is, the server
// sees in its content.

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

/** What any file can be sent as, as it is. */
export const ANY = "file";

/**
 * What a file is sent as: what people play or look at, or else a file as it is.
 *
 * @param {{ name: string, type: string }} file
 * @returns {FileKind}
 */
export function kindOf({ name, type }) {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return BY_MEDIA[type ? type.split("/")[0] : BY_ENDING[ending]] ?? ANY;
}
