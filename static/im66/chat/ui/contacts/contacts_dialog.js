// The user's contacts by their names, and finding one.

import { html, useEffect, useState } from "../../html.js";
import { contacts, find, loadContacts } from "../../state/contacts.js";
import { contactChanges } from "../../state/requests.js";
import { complain } from "../../state/toasts.js";
import { ofPerson, hashOf } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { NewChatDialog } from "../seldom.js";

/** @typedef {import("../../state/contacts.js").Contact} Contact */

const PAUSE_MS = 200;

/** @param {{ onClose: () => void }} props */
export function ContactsDialog({ onClose }) {
  const [query, setQuery] = useState("");
  const [matches, setMatches] = useState(/** @type {Contact[] | null} */ (null));
  const changes = contactChanges.value;
  useEffect(() => void loadContacts().catch(complain), [changes]);
  useEffect(() => {
    const q = query.trim();
    if (!q) return setMatches(null);
    let isOver = false;
    const timer = setTimeout(() => find(q).then((items) => isOver || setMatches(items), complain), PAUSE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [query, changes]);
  const shown = matches ?? contacts.value;
  return html`
    <${Dialog} title=${t("Contacts")} onClose=${onClose} class="contacts">
      <${Field} label=${t("Search contacts")} value=${query} onInput=${setQuery} type="search" data-focus="true" autocomplete="off" />
      ${shown === null && html`<p class="panel-note" role="status">${t("Loading…")}</p>`}
      ${shown?.length === 0 && html`<${Nobody} isSearching=${matches !== null} />`}
      ${shown && byInitial(shown).map(([initial, people]) => html`<${Letter} key=${initial} initial=${initial} people=${people} />`)}
    <//>
  `;
}

/** @param {{ isSearching: boolean }} props */
function Nobody({ isSearching }) {
  if (isSearching) return html`<p class="panel-note" role="status">${t("No contact has this name.")}</p>`;
  return html`
    <p class="panel-note">${t("No contacts yet. Open a person’s details to add them.")}</p>
    <button class="button" onClick=${() => openDialog(NewChatDialog)}>${t("Find people")}</button>
  `;
}

/** @param {{ initial: string, people: Contact[] }} props */
function Letter({ initial, people }) {
  return html`
    <section class="people" aria-label=${initial}>
      <h3 class="field-label">${initial}</h3>
      <ul class="people">
        ${people.map((one) => html`<${ContactRow} key=${one.userid} one=${one} />`)}
      </ul>
    </section>
  `;
}

/** @param {{ one: Contact }} props */
function ContactRow({ one: { userid, nickname, remark, avatar, bot } }) {
  const name = remark || nickname || userid;
  return html`
    <li class="people-row">
      <a class="people-who" href=${hashOf(ofPerson(userid))}>
        <${Avatar} src=${avatar} name=${name} id=${userid} size="small" />
        <span class="people-name"><bdi>${name}</bdi></span>
        <${BotBadge} is=${bot} />
        ${name !== userid && html`<span class="people-role"><bdi>${userid}</bdi></span>`}
      </a>
    </li>
  `;
}

/** @param {Contact[]} people   in their order @returns {[string, Contact[]][]} */
function byInitial(people) {
  /** @type {Map<string, Contact[]>} */
  const letters = new Map();
  for (const one of people) letters.set(one.initial, [...(letters.get(one.initial) ?? []), one]);
  return [...letters];
}
