// What files are, by what the browser says of them. Pure. What a file really is, the server sees in its content.

/** @typedef {"picture" | "audio" | "video"} FileKind */

/** @type {Record<string, FileKind>} */
const BY_TYPE = { image: "picture", audio: "audio", video: "video" };

// Browsers have no type for some of the files that phones make.
/** @type {Record<string, FileKind>} */
const BY_ENDING = {
  amr: "audio", caf: "audio", m4a: "audio", opus: "audio",
  "3gp": "video", mkv: "video", mov: "video",
  avif: "picture", heic: "picture", heif: "picture",
};

/**
 * What a file can be sent as; null if it is none of these.
 *
 * @param {{ name: string, type: string }} file
 * @returns {FileKind | null}
 */
export function kindOf({ name, type }) {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return BY_TYPE[type.split("/")[0]] ?? (type ? null : (BY_ENDING[ending] ?? null));
}

/** What a file chooser is to offer. */
export const ACCEPTED = "image/*,audio/*,video/*,.amr,.caf,.heic";
