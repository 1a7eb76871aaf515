// Shows files before they are sent, and takes a text that goes with them.

import { html, useEffect, useState } from "../../html.js";
import { cancel, composing } from "../../state/composing.js";
import { welcome } from "../../state/client.js";
import { sendFiles } from "../../state/uploads.js";
import { sizeOf } from "../../text/bytes.js";
import { ANY, kindOf } from "../../text/files.js";
import { kindNamed } from "../../text/kinds.js";
import { counted, t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Dialog } from "../parts/dialog.js";
import { focusIfLost } from "../parts/focus.js";
import { Icon } from "../parts/icon.js";
import { hasKeyboard, sends } from "./enter.js";
import { FileFace } from "./file_face.js";
import { lengthNote, trimmed } from "./use_writing.js";

/** @typedef {ReturnType<typeof faceOf>} Face */

/** Ask before files are sent that were chosen, pasted or dropped. @param {string} conversation @param {File[]} files */
export const offerFiles = (conversation, files) => openDialog(PreviewDialog, { conversation, files });

/** @param {{ conversation: string, files: File[], onClose: () => void }} props */
function PreviewDialog({ conversation, files, onClose }) {
  const [shown, remove] = useFaces(files);
  const [caption, setCaption] = useState("");
  const sendable = shown.map(({ file }) => file).filter((file) => !whyNot(file));
  const tooLong = lengthNote(caption);
  const isReady = sendable.length > 0 && !tooLong;
  const send = () => {
    if (!isReady) return;
    onClose();
    const doing = composing.peek().get(conversation);
    const reply = doing?.mode === "reply" ? doing.message.id : undefined;
    sendFiles(conversation, sendable, { reply, caption: trimmed(caption) });
    if (reply) cancel(conversation);
  };
  return html`
    <${Dialog} title=${counted(shown.length, "Send this file?", "Send {count} files?")} onClose=${onClose} class="dialog-small preview">
      <ul class="preview-files" data-single=${shown.length === 1 ? "true" : undefined}>
        ${shown.map((one) => html`<${Preview} key=${one.id} shown=${one} onRemove=${shown.length > 1 && (() => remove(one))} />`)}
      </ul>
      ${sendable.length > 0 && html`<${Caption} text=${caption} tooLong=${tooLong} onText=${setCaption} onSend=${send} />`}
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        <button class="button primary" data-focus=${hasKeyboard() ? undefined : "true"} disabled=${!isReady} onClick=${send}>${t("Send")}</button>
      </div>
    <//>
  `;
}

/** The files that are left, and what takes one away. @param {File[]} files @returns {[Face[], (one: Face) => void]} */
function useFaces(files) {
  const [all] = useState(() => files.map(faceOf));
  const [shown, setShown] = useState(all);
  useEffect(() => () => all.forEach(({ preview }) => URL.revokeObjectURL(preview)), []);
  const remove = (/** @type {Face} */ one) => {
    setShown((before) => before.filter((other) => other !== one));
    focusIfLost(() => document.querySelector(".preview textarea, .preview .dialog-actions button"));
  };
  return [shown, remove];
}

/** What to say of a file that cannot be sent; empty for others. @param {File} file */
function whyNot({ size, name, type }) {
  const most = welcome()?.limits.file ?? Infinity;
  return kindOf({ name, type }) === ANY && size > most ? t("Too large: at most {most}.", { most: sizeOf(most) }) : "";
}

/** @param {File} file @param {number} id */
function faceOf(file, id) {
  const kind = kindOf(file);
  return { id, file, kind, preview: kindNamed(kind).isPicture ? URL.createObjectURL(file) : "" };
}

/** @param {{ text: string, tooLong: string, onText: (text: string) => void, onSend: () => void }} props */
function Caption({ text, tooLong, onText, onSend }) {
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (!sends(event)) return;
    event.preventDefault();
    onSend();
  };
  return html`
    <div class="preview-caption">
      <textarea aria-label=${t("Caption")} placeholder=${t("Add a caption")} rows="1" dir="auto" value=${text}
        data-focus=${hasKeyboard() ? "true" : undefined} enterkeyhint=${hasKeyboard() ? "send" : "enter"}
        aria-invalid=${tooLong ? "true" : undefined} aria-describedby=${tooLong ? "caption-error" : undefined}
        onInput=${(/** @type {any} */ event) => onText(event.target.value)} onKeyDown=${press} />
      ${tooLong && html`<p class="composer-error" id="caption-error" role="alert">${tooLong}</p>`}
    </div>
  `;
}

/** @param {{ shown: Face, onRemove: (() => void) | false }} props */
function Preview({ shown: { file, kind, preview }, onRemove }) {
  const { name } = file;
  const why = whyNot(file);
  return html`
    <li class="preview-file">
      <${FileFace} kind=${kind} preview=${preview} />
      <div class="tray-what">
        <span class="file-name" dir="auto">${name}</span>
        <span class=${why ? "tray-why" : "tray-how"}>${why || sizeOf(file.size)}</span>
      </div>
      ${onRemove && html`<button class="icon-button" aria-label=${t("Remove {name}", { name })} title=${t("Remove")} onClick=${onRemove}><${Icon} name="close" /></button>`}
    </li>
  `;
}
