// Instead of the box for writing: what can be done with the messages that are marked.

import { html, useEffect } from "../../html.js";
import { nameOf } from "../../state/people.js";
import { selecting, stopSelecting } from "../../state/selecting.js";
import { kindNamed } from "../../text/kinds.js";
import { previewOf } from "../../text/previews.js";
import { counted, t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { ForwardDialog, askToHide } from "../seldom.js";
import { copy } from "../stream/menu/copy.js";

export function SelectBar() {
  const messages = [...(selecting.value?.messages.values() ?? [])].sort((a, b) => a.id - b.id);
  const isEmpty = messages.length === 0;
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && !document.querySelector("dialog[open]") && stopSelecting();
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  const copyAll = () => {
    void copy(messages.map((one) => `${nameOf(one.from)}: ${kindNamed(one.kind).copied?.(one) ?? previewOf(one)}`).join("\n"));
    stopSelecting();
  };
  return html`
    <div class="select-bar" role="toolbar" aria-label=${t("Selected messages")}>
      <button class="icon-button" aria-label=${t("Cancel")} title=${t("Cancel")} onClick=${stopSelecting}><${Icon} name="close" /></button>
      <span class="select-count" role="status">${counted(messages.length, "1 message", "{count} messages")}</span>
      <button class="button" disabled=${isEmpty} onClick=${copyAll}>${t("Copy")}</button>
      <button class="button" disabled=${isEmpty} onClick=${() => askToHide(messages)}>${t("Delete")}</button>
      <button class="button primary" disabled=${isEmpty} onClick=${() => openDialog(ForwardDialog, { messages })}>${t("Forward")}</button>
    </div>
  `;
}
