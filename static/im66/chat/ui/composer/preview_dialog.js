// Asks before files are sent that were pasted or dropped: it is easily done by mistake.

import { html, useEffect, useMemo } from "../../html.js";
import { sizeOf } from "../../text/bytes.js";
import { kindOf } from "../../text/files.js";
import { counted, t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { FileFace } from "./file_face.js";

/** @param {{ files: File[], onSend: (files: File[]) => void, onClose: () => void }} props */
export function PreviewDialog({ files, onSend, onClose }) {
  const shown = useMemo(() => files.map(faceOf), [files]);
  useEffect(() => () => shown.forEach(({ preview }) => URL.revokeObjectURL(preview)), [shown]);
  const sendable = shown.filter(({ kind }) => kind).map(({ file }) => file);
  const send = () => {
    onClose();
    onSend(sendable);
  };
  return html`
    <${Dialog} title=${counted(files.length, "Send this file?", "Send {count} files?")} onClose=${onClose} class="dialog-small preview">
      <ul class="preview-files">
        ${shown.map((one, at) => html`<${Preview} key=${at} shown=${one} />`)}
      </ul>
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        <button class="button primary" autofocus disabled=${sendable.length === 0} onClick=${send}>${t("Send")}</button>
      </div>
    <//>
  `;
}

/** @param {File} file */
function faceOf(file) {
  const kind = kindOf(file);
  return { file, kind, preview: kind === "picture" ? URL.createObjectURL(file) : "" };
}

/** @param {{ shown: ReturnType<typeof faceOf> }} props */
const Preview = ({ shown: { file, kind, preview } }) => html`
  <li class="preview-file">
    <${FileFace} kind=${kind} preview=${preview} />
    <div class="tray-what">
      <span class="file-name" dir="auto">${file.name}</span>
      <span class=${kind ? "tray-how" : "tray-why"}>${kind ? sizeOf(file.size) : t("This kind of file cannot be sent. Send a picture, audio or a video.")}</span>
    </div>
  </li>
`;
