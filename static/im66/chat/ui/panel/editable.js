// A text that can be changed where it stands.

import { html, useId, useLayoutEffect, useRef, useState } from "../../html.js";
import { explained } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { focusIfLost } from "../parts/focus.js";
import { Icon } from "../parts/icon.js";
import { Switch } from "../parts/switch.js";

/** @typedef {{ label: string, isOn: boolean }} Choice */

/**
 * @param {{ label: string, value: string, empty?: string, isLong?: boolean, isFixed?: boolean, choice?: Choice | null, onSave: (text: string, isOn?: boolean) => Promise<void> }} props
 *   `choice`: is saved with the text; `empty`: what stands there if there is no text; `isFixed`: the user may only read it
 */
export function Editable({ label, value, empty = "", isLong = false, isFixed = false, choice = null, onSave }) {
  const [isEdited, setEdited] = useState(false);
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  const done = () => {
    setEdited(false);
    focusIfLost(() => button.current);
  };
  if (isEdited) return html`<${Editor} label=${label} value=${value} isLong=${isLong} choice=${choice} onSave=${onSave} onDone=${done} />`;
  return html`
    <div class="panel-part editable">
      <div class="editable-text">
        <h3>${label}</h3>
        <p class=${value ? "" : "panel-note"} dir="auto">${value || empty}</p>
      </div>
      ${!isFixed && html`<button class="icon-button" ref=${button} aria-label=${`${t("Edit")}: ${label}`} onClick=${() => setEdited(true)}><${Icon} name="edit" /></button>`}
    </div>
  `;
}

/** @param {{ label: string, value: string, isLong: boolean, choice: Choice | null, onSave: (text: string, isOn?: boolean) => Promise<void>, onDone: () => void }} props */
function Editor({ label, value, isLong, choice, onSave, onDone }) {
  const [text, setText] = useState(value);
  const [isOn, setOn] = useState(choice?.isOn ?? false);
  const [failed, setFailed] = useState("");
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const id = useId();
  useLayoutEffect(() => box.current?.select(), []);
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      if (text.trim() !== value || (choice && isOn !== choice.isOn)) await onSave(text.trim(), isOn);
      onDone();
    } catch (error) {
      setFailed(explained(error));
    }
  };
  const cancel = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onDone();
  };
  return html`
    <form class="panel-part" onSubmit=${save} onKeyDown=${cancel}>
      <label for=${id}><h3>${label}</h3></label>
      <${isLong ? "textarea" : "input"} id=${id} ref=${box} rows=${isLong ? 4 : undefined} value=${text} dir="auto"
        aria-invalid=${failed ? "true" : undefined} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      ${choice && html`<${Switch} label=${choice.label} isOn=${isOn} onChange=${setOn} />`}
      ${failed && html`<p class="panel-error" role="alert">${failed}</p>`}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onDone}>${t("Cancel")}</button>
        <button class="button primary">${t("Save")}</button>
      </div>
    </form>
  `;
}
