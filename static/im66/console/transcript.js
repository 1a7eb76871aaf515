// The log as text, to be kept or sent to somebody.

import { headOf } from "./log.js";

/** All entries, each under a line that says when it was and in which direction it went. */
export const transcript = (entries) =>
  [`im66 console at ${location.origin}, ${new Date().toISOString()}`, ...entries.map(textOf)].join("\n\n") + "\n";

const textOf = (entry) => `${headOf(entry)}\n${entry.text}`;

/** Put a text on the clipboard. Throws if the browser does not allow it. */
export async function copy(text) {
  // Browsers have the clipboard only for pages that came by HTTPS, or from this very machine.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  if (!copySelected(text)) throw new Error("The browser does not let pages copy.");
}

/** Let the browser save a text as a file. */
export function download(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  // Not before the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function copySelected(text) {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return isCopied;
}
