// Passes messages on: to which conversations, and whether as one card.

import { html, useEffect, useState } from "../../html.js";
import { ask } from "../../state/client.js";
import { find, ordered, titleOf } from "../../state/conversations.js";
import { me } from "../../state/session.js";
import { stopSelecting } from "../../state/selecting.js";
import { explained, say } from "../../state/toasts.js";
import { isGroup, ofPerson, peerOf } from "../../text/conversation_ids.js";
import { hasAll, wordsOf } from "../../text/finding.js";
import { previewOf } from "../../text/previews.js";
import { counted, t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Segments } from "../parts/segments.js";

/** @typedef {import("../../types.js").Message} Message */

const MOST = 10;
const PAUSE_MS = 300;

/** @param {{ messages: Message[], onClose: () => void }} props   oldest first */
export function ForwardDialog({ messages, onClose }) {
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const [how, setHow] = useState("each");
  const [failed, setFailed] = useState("");
  const [isBusy, setBusy] = useState(false);
  // The same again, if no answer came, is done once.
  const [cid] = useState(() => crypto.randomUUID());
  useEffect(() => {
    const timer = setTimeout(() => void (q.trim() && find(q.trim()).catch(() => undefined)), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [q]);
  const words = wordsOf(q);
  const found = places().filter(({ id, title }) => chosen.includes(id) || hasAll(`${title} ${peerOf(id)}`, words));
  const toggle = (/** @type {string} */ id) => {
    setFailed("");
    setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(0, MOST));
  };
  const send = async () => {
    setBusy(true);
    try {
      await ask({ cmd: "forward", targets: messages.map(({ id }) => id), to: chosen, merged: how === "merged", cid: `${cid}${how[0]}` });
      stopSelecting();
      onClose();
      say(t("Forwarded"));
    } catch (error) {
      setFailed(explained(error));
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${t("Forward")} onClose=${onClose} class="forward">
      <p class="forward-what" dir="auto">${messages.length === 1 ? previewOf(messages[0]) : counted(messages.length, "1 message", "{count} messages")}</p>
      ${messages.length > 1 && html`<${Segments} label=${t("As")} value=${how} options=${waysOf()} onChange=${setHow} isPlain />`}
      <${Field} label=${t("Search conversations")} value=${q} onInput=${setQ} autocomplete="off" />
      <ul class="forward-places" aria-label=${t("Conversations")}>
        ${found.map(
          ({ id, title, picture }) => html`
            <li key=${id}>
              <label class="forward-place">
                <input type="checkbox" checked=${chosen.includes(id)} disabled=${!chosen.includes(id) && chosen.length >= MOST} onChange=${() => toggle(id)} />
                <${Avatar} src=${picture} name=${title} id=${peerOf(id)} size="small" userid=${isGroup(id) ? undefined : peerOf(id)} />
                <bdi>${title}</bdi>
              </label>
            </li>
          `,
        )}
      </ul>
      ${found.length === 0 && html`<p class="panel-note" role="status">${t("Nothing found.")}</p>`}
      ${failed && html`<p class="panel-error" role="alert">${failed}</p>`}
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        <button class="button primary" disabled=${isBusy || chosen.length === 0} onClick=${() => void send()}>${t("Forward")}</button>
      </div>
    <//>
  `;
}

const waysOf = () => [
  { value: "each", label: t("One by one") },
  { value: "merged", label: t("As one card") },
];

/** Where messages can be passed on to: also to oneself. */
function places() {
  const own = ofPerson(me.value);
  const all = ordered.value.filter(({ id }) => id !== own).map((one) => ({ id: one.id, title: titleOf(one), picture: one.picture }));
  return [{ id: own, title: t("Saved for myself"), picture: "" }, ...all];
}
