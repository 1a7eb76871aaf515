// Files that are dropped onto the conversation, or pasted from the clipboard.

import { html, useEffect, useRef, useState } from "../../html.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
// Not loaded later: files are chosen, and kept, without a network too.
import { offerFiles } from "./preview_dialog.js";

/** Takes them, and says where to drop them while they are dragged over the conversation. @param {{ conversation: string }} props */
export function FileDrop({ conversation }) {
  const here = useRef(/** @type {HTMLElement | null} */ (null));
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const offer = (/** @type {File[]} */ files) => offerFiles(conversation, files);
    const pane = /** @type {HTMLElement} */ (here.current?.closest(".pane") ?? document.body);
    const end = new AbortController();
    listenForDrops(pane, { offer, setOver, signal: end.signal });
    document.addEventListener("paste", (event) => pasted(event, offer), { signal: end.signal });
    return () => end.abort();
  }, [conversation]);
  return html`
    <div class="file-drop" ref=${here} hidden=${!isOver}>
      <p><${Icon} name="attach" />${t("Drop files here to send them")}</p>
    </div>
  `;
}

/**
 * @param {HTMLElement} pane
 * @param {{ offer: (files: File[]) => void, setOver: (is: boolean) => void, signal: AbortSignal }} to
 */
function listenForDrops(pane, { offer, setOver, signal }) {
  // Each element that is dragged over has an enter and a leave of its own.
  let depth = 0;
  // Browsers make a file of a picture of the page that is dragged, too.
  let isOurs = false;
  const move = (/** @type {number} */ by) => {
    depth = Math.max(0, depth + by);
    setOver(depth > 0);
  };
  const on = (/** @type {string} */ name, /** @type {(event: DragEvent) => unknown} */ act, /** @type {EventTarget} */ where = pane) =>
    where.addEventListener(name, (event) => hasFiles(/** @type {DragEvent} */ (event)) && act(/** @type {DragEvent} */ (event)), { signal });
  document.addEventListener("dragstart", () => (isOurs = true), { signal });
  document.addEventListener("dragend", () => (isOurs = false), { signal });
  on("dragenter", () => isOurs || move(1));
  on("dragleave", () => move(-1));
  on("drop", ({ dataTransfer }) => {
    move(-depth);
    if (!isOurs && dataTransfer?.files.length) offer([...dataTransfer.files]);
  });
  // Otherwise the browser would leave the page and show the file.
  on("dragover", (event) => event.preventDefault(), document);
  on("drop", (event) => event.preventDefault(), document);
}

/** @param {DragEvent} event */
const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files") ?? false;

/** @param {ClipboardEvent} event @param {(files: File[]) => void} offer */
function pasted(event, offer) {
  const files = [...(event.clipboardData?.files ?? [])];
  const types = event.clipboardData?.types ?? [];
  const target = /** @type {HTMLElement} */ (event.target);
  const isElsewhere = target.closest("input, dialog, textarea:not(.composer-box)");
  // Programs add a picture of a text that is copied.
  const isText = types.includes("text/plain") && types.includes("text/html");
  if (!files.length || isElsewhere || isText) return;
  event.preventDefault();
  offer(files);
}
