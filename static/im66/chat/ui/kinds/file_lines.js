// Of a file of any type: its first lines, and an address anew when the old one has expired.

import { html, useEffect, useState } from "../../html.js";
import { call, part } from "../../wire/api.js";
import { complain } from "../../state/toasts.js";
import { attachmentAt, isOver } from "../../text/attachments.js";
import { t } from "../../text/words.js";

const BYTES = 8 * 1024;
const LINES = 30;
// Of files from China that are not in UTF-8.
const OTHER_ENCODING = "gb18030";

/** @typedef {{ id?: number, conversation?: string }} Place   the message */

/** Get the file at a new address. @param {Place} message */
export async function downloadAnew(message) {
  try {
    const link = document.createElement("a");
    link.href = await newAddress(message);
    link.download = "";
    link.click();
  } catch (error) {
    complain(error);
  }
}

/** @param {{ url: string, message: Place }} props */
export function FirstLines({ url, message }) {
  const [text, setText] = useState(/** @type {string | null} */ (null));
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    linesAt(url, message).then(setText, () => setFailed(true));
  }, []);
  if (hasFailed) return html`<p class="quiet" role="alert">${t("The first lines could not be loaded.")}</p>`;
  if (text === null) return html`<p class="quiet" role="status">${t("Loading…")}</p>`;
  return html`<pre class="file-lines" dir="auto" tabindex="0" aria-label=${t("The first lines")}>${text}</pre>`;
}

/** @param {string} url @param {Place} message */
async function linesAt(url, message) {
  const now = isOver(url, Date.now() / 1000) ? await newAddress(message) : url;
  const answer = await fetch(now, { headers: { Range: `bytes=0-${BYTES - 1}` } });
  if (!answer.ok) throw new Error(String(answer.status));
  return beginning(new Uint8Array(await answer.arrayBuffer()));
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function beginning(bytes) {
  const lines = decoded(bytes.subarray(0, BYTES)).split(/\r\n|\r|\n/);
  return lines.length > LINES ? `${lines.slice(0, LINES).join("\n")}\n…` : lines.join("\n");
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function decoded(bytes) {
  // The last character may be cut.
  const more = { stream: true };
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, more);
  } catch {
    return new TextDecoder(OTHER_ENCODING).decode(bytes, more);
  }
}

/** Pages give addresses that are valid from now on. @param {Place} message */
async function newAddress({ id = 0, conversation = "" }) {
  const query = { around: id, limit: 3 };
  const { items } = await call("GET", `conversations/${part(conversation)}/messages`, { query });
  const match = items.find((/** @type {Place} */ one) => one.id === id);
  const url = attachmentAt(match?.content ?? "", location.origin);
  if (!url) throw new Error("gone");
  return url;
}
