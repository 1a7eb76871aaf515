// The row one writes in, with its buttons, and what opens above it.

import { html, useCallback, useEffect, useRef, useState } from "../../html.js";
import { writesAgainAt } from "../../state/admission.js";
import { client } from "../../state/client.js";
import { cancel, composing, recording } from "../../state/composing.js";
import { countdown } from "../../text/times.js";
import { t } from "../../text/words.js";
import { entries } from "../../text/kinds.js";
import { Icon } from "../parts/icon.js";
import { Menu } from "../parts/menu.js";
import { hasKeyboard } from "./enter.js";
import { openDialog } from "../dialogs.js";
import { Picker, RecordingBar, startRecording } from "../seldom.js";
// Not loaded later: files are chosen, and kept, without a network too.
import { offerFiles } from "./preview_dialog.js";
import { TextBox } from "./text_box.js";
import { insert } from "./caret.js";
import { useWriting } from "./use_writing.js";
import { nameIn } from "../../state/groups.js";
import { me } from "../../state/session.js";
import { isSilenced, silence } from "../../state/silence.js";
import { previewOf } from "../../text/previews.js";

/** @param {{ conversation: string }} props */
export function Writing({ conversation }) {
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [isPicking, setPicking] = useState(false);
  const writing = useWriting(conversation, box);
  const doing = composing.value.get(conversation);
  const sent = { reply: doing?.mode === "reply" ? doing.message.id : undefined };
  const focus = useCallback(() => box.current?.focus(), []);
  const done = () => doing?.mode === "reply" && cancel(conversation);
  useEffect(() => {
    if (doing) focus();
  }, [doing]);

  const closePicker = () => {
    setPicking(false);
    focus();
  };
  const sticker = (/** @type {{ kind: string, content: string }} */ { kind, content }) => {
    client.value?.outbox.add({ to: conversation, kind, content, ...sent });
    done();
    closePicker();
  };
  const files = (/** @type {File[]} */ chosen) => {
    // It gets the focus back from the dialog; on a phone, that would bring the keyboard.
    if (hasKeyboard()) focus();
    offerFiles(conversation, chosen);
  };
  const fillIn = (/** @type {any} */ Form) => openDialog(Form, { conversation, ...sent, onSent: done });
  const record = () => {
    setPicking(false);
    startRecording(conversation);
  };
  if (recording.value?.conversation === conversation) return html`<${RecordingBar} reply=${sent.reply} onSent=${done} />`;
  return html`
    ${doing && html`<${ComposingBar} composing=${doing} onCancel=${() => cancel(conversation)} />`}
    ${writing.tooLong && html`<p class="composer-error" id="composer-error" role="alert">${writing.tooLong}</p>`}
    <${Pause} until=${writesAgainAt(conversation)} />
    <div class="composer-row" data-empty=${writing.text ? undefined : "true"}>
      <${Attach} onChosen=${files} />
      <${More} conversation=${conversation} onChoose=${fillIn} />
      <${TextBox} box=${box} writing=${writing} onSticker=${doing?.mode === "edit" ? undefined : sticker} />
      <button class="icon-button" aria-label=${t("Stickers")} title=${t("Stickers")} aria-expanded=${isPicking} data-opens-picker onClick=${() => (isPicking ? closePicker() : setPicking(true))}>
        <${Icon} name="emotion" />
      </button>
      <button class="icon-button composer-mic" aria-label=${t("Record a voice message")} title=${t("Record a voice message")} onClick=${record}>
        <${Icon} name="mic" />
      </button>
      <${SendButton} isEdit=${doing?.mode === "edit"} isSilent=${isSilenced(conversation)} onSend=${writing.send} />
    </div>
    ${isPicking && html`<${Picker} onSticker=${sticker} onEmoji=${(/** @type {string} */ emoji) => insert(box.current, emoji)} onClose=${closePicker} onLeave=${() => setPicking(false)} />`}
  `;
}

/** How long it takes until the next message to a slow group goes. @param {{ until: number }} props   in milliseconds */
function Pause({ until }) {
  const [now, setNow] = useState(Date.now());
  const isOver = until <= now;
  useEffect(() => {
    if (until <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [until, isOver]);
  if (isOver || until <= Date.now()) return null;
  return html`<p class="composer-pause" role="timer">${t("Slow mode: your next message can be sent in {time}.", { time: countdown((until - now) / 1000) })}</p>`;
}

/** @param {{ onChosen: (files: File[]) => void }} props */
function Attach({ onChosen }) {
  const chooser = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chosen = (/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) => {
    const files = [...(currentTarget.files ?? [])];
    // The same file may be chosen again.
    currentTarget.value = "";
    if (files.length) onChosen(files);
  };
  return html`
    <button class="icon-button" aria-label=${t("Attach a file")} title=${t("Attach a file")} onClick=${() => chooser.current?.click()}><${Icon} name="attach" /></button>
    <input class="composer-chooser" type="file" multiple tabindex="-1" aria-hidden="true" ref=${chooser} onChange=${chosen} />
  `;
}

/** What is filled in and then sent, and how. @param {{ conversation: string, onChoose: (Form: any) => void }} props */
function More({ conversation, onChoose }) {
  const [isOpen, setOpen] = useState(false);
  const offered = entries().map(({ label, icon, Form }) => ({ label: label(), icon, onChoose: () => onChoose(Form) }));
  const isSilent = isSilenced(conversation);
  offered.push({ label: isSilent ? t("Send with sound") : t("Send without sound"), icon: isSilent ? "bell" : "bellOff", onChoose: () => silence(conversation, !isSilent) });
  return html`
    <div class="composer-more">
      <button class="icon-button" aria-label=${t("More to send")} title=${t("More to send")} aria-haspopup="menu" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}><${Icon} name="plus" /></button>
      ${isOpen && html`<${Menu} label=${t("More to send")} entries=${offered} onClose=${() => setOpen(false)} />`}
    </div>
  `;
}

/** @param {{ isEdit: boolean, isSilent: boolean, onSend: () => void }} props */
function SendButton({ isEdit, isSilent, onSend }) {
  // The box keeps the focus, and a phone its keyboard.
  const stay = (/** @type {Event} */ event) => event.preventDefault();
  const [label, icon] = isEdit ? [t("Save"), "check"] : isSilent ? [t("Send without sound"), "bellOff"] : [t("Send"), "send"];
  return html`
    <button class="button primary composer-send" title=${label} onMouseDown=${stay} onClick=${onSend}>
      <${Icon} name=${icon} /><span>${label}</span>
    </button>
  `;
}

/** Above the box: which message is replied to or edited. @param {{ composing: import("../../state/composing.js").Composing, onCancel: () => void }} props */
function ComposingBar({ composing: { mode, message }, onCancel }) {
  const isEdit = mode === "edit";
  return html`
    <div class="composing-bar" role="group" aria-label=${isEdit ? t("Edit") : t("Reply")}>
      <${Icon} name=${isEdit ? "edit" : "reply"} />
      <div class="composing-what">
        <strong>${isEdit ? t("Edit the message") : replyTo(message)}</strong>
        <span dir="auto">${previewOf(message)}</span>
      </div>
      <button class="icon-button" aria-label=${t("Cancel")} title=${t("Cancel")} onClick=${onCancel}><${Icon} name="close" /></button>
    </div>
  `;
}

/** @param {import("../../types.js").Message} message */
const replyTo = ({ conversation, from }) => (from === me.value ? t("Reply to yourself") : t("Reply to {name}", { name: nameIn(conversation, from) }));
