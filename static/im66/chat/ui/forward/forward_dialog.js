// Passes messages on: to which conversations, and whether as one card.

import { html, useEffect, useState } from "../../html.js";
import { ask } from "../../state/client.js";
import { contacts, loadContacts } from "../../state/contacts.js";
import { find, ordered, titleOf } from "../../state/conversations.js";
import { nameOf } from "../../state/people.js";
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
import { usePeople } from "../people/picking.js";

/** @typedef {import("../../types.js").Message} Message */
/** @typedef {{ id: string, title: string, picture: string }} Place */

const MOST = 10;
const PAUSE_MS = 300;

/** @param {{ messages: Message[], onClose: () => void }} props   oldest first */
export function ForwardDialog({ messages, onClose }) {
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState(/** @type {Place[]} */ ([]));
  const [how, setHow] = useState("each");
  const [failed, setFailed] = useState("");
  const [isBusy, setBusy] = useState(false);
  // The same again, if no answer came, is done once.
  const [cid] = useState(() => crypto.randomUUID());
  useEffect(() => {
    const timer = setTimeout(() => void (q.trim() && find(q.trim()).catch(() => undefined)), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [q]);
  const places = usePlaces(q);
  const matches = [...chosen.filter(({ id }) => !places.some((place) => place.id === id)), ...places];
  const isChosen = (/** @type {string} */ id) => chosen.some((one) => one.id === id);
  const toggle = (/** @type {Place} */ place) => {
    setFailed("");
    setChosen(isChosen(place.id) ? chosen.filter(({ id }) => id !== place.id) : [...chosen, place].slice(0, MOST));
  };
  const send = async () => {
    setBusy(true);
    try {
      await ask({ cmd: "forward", targets: messages.map(({ id }) => id), to: chosen.map(({ id }) => id), merged: how === "merged", cid: `${cid}${how[0]}` });
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
      <${Field} label=${t("Search conversations and people")} value=${q} onInput=${setQ} autocomplete="off" />
      <ul class="forward-places" aria-label=${t("Conversations and people")}>
        ${matches.map(
          (place) => html`
            <li key=${place.id}>
              <label class="forward-place">
                <input type="checkbox" checked=${isChosen(place.id)} disabled=${!isChosen(place.id) && chosen.length >= MOST} onChange=${() => toggle(place)} />
                <${Avatar} src=${place.picture} name=${place.title} id=${peerOf(place.id)} size="small" userid=${isGroup(place.id) ? undefined : peerOf(place.id)} />
                <bdi>${place.title}</bdi>
              </label>
            </li>
          `,
        )}
      </ul>
      ${matches.length === 0 && html`<p class="panel-note" role="status">${t("Nothing found.")}</p>`}
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

/** Where messages can be passed on to, as far as it is called like this: oneself, conversations, then contacts and others. @param {string} q @returns {Place[]} */
function usePlaces(q) {
  const words = wordsOf(q);
  const matches = usePeople(q);
  useEffect(() => void (contacts.peek() ?? loadContacts().catch(() => undefined)), []);
  const own = { id: ofPerson(me.value), title: t("Saved for myself"), picture: "" };
  const listed = ordered.value.map((one) => ({ id: one.id, title: titleOf(one), picture: one.picture }));
  const people = words.length > 0 ? matches : (contacts.value ?? []);
  const all = [own, ...listed.filter(({ id }) => id !== own.id)].filter(({ id, title }) => hasAll(`${title} ${peerOf(id)}`, words));
  const known = new Set([own, ...listed].map(({ id }) => id));
  return [...all, ...people.map(placeOf).filter(({ id }) => !known.has(id))];
}

/** @param {import("../../types.js").Profile} person @returns {Place} */
const placeOf = ({ userid, avatar }) => ({ id: ofPerson(userid), title: nameOf(userid), picture: avatar });
