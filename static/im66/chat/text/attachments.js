// Files of any type, as messages name them. Pure.

const PATH = /^\/files\/[0-9a-f]{32}\.file(?:\.jpg)?$/;
const LONGEST = 2048;
// What people read as a text, whatever the machine calls it.
const TEXTS = /^(?:txt|md|csv|tsv|log|json|xml|yaml|yml|toml|ini|conf|html?|css|js|mjs|ts|py|sh|bat|sql|java|c|h|cpp|go|rs|php|rb|srt|tex|svg)$/;
// At once, of those that wait for nothing but the click.
const SPARE_SECONDS = 60;

/** @typedef {import("../types.js").Attached} Attached */

/**
 * Where the file is, or its preview: on this server, under whatever name the message has it; null if it is not here.
 *
 * @param {string} content
 * @param {string} origin   of the page
 */
export function attachmentAt(content, origin) {
  if (content.length > LONGEST || !URL.canParse(content, origin)) return null;
  const url = new URL(content, origin);
  return PATH.test(url.pathname) ? origin + url.pathname + url.search : null;
}

/** Whether the address gives the file no more, or soon. @param {string} url @param {number} now   in seconds */
export function isOver(url, now) {
  const end = Number(new URL(url).searchParams.get("e") ?? Infinity);
  return end < now + SPARE_SECONDS;
}

/** In small letters; empty if there is none. @param {string} name */
export const endingOf = (name) => /\.([^.\s]{1,8})$/.exec(name)?.[1].toLowerCase() ?? "";

/** Whether its first lines can be shown. @param {Attached} file */
export const isText = ({ name, type, size }) => size > 0 && (TEXTS.test(endingOf(name)) || type.startsWith("text/"));
