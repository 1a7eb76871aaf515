// How many bytes a text has on its way, and how people say such numbers. Pure.

const encoder = new TextEncoder();
const UNITS = ["B", "KB", "MB", "GB"];

/** Of UTF-8. @param {string} text */
export const bytesOf = (text) => encoder.encode(text).length;

/** Whether the text has more bytes than that; most texts need not be counted. @param {string} text @param {number} most */
export const isLonger = (text, most) => text.length > most || (3 * text.length > most && bytesOf(text) > most);

/** As people say it: "64 KB", "1.5 MB". @param {number} bytes */
export function sizeOf(bytes) {
  let unit = 0;
  let size = bytes;
  for (; size >= 1024 && unit < UNITS.length - 1; unit += 1) size /= 1024;
  return `${size < 10 && unit > 0 ? Number(size.toFixed(1)) : Math.round(size)} ${UNITS[unit]}`;
}
