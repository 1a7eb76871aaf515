// Begins a conversation with a person, or a group of several.

import { html, useState } from "../../html.js";
import { refresh } from "../../state/conversations.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { explained } from "../../state/toasts.js";
import { ofGroup, ofPerson } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Segments } from "../parts/segments.js";
import { PeopleField } from "../people/people_field.js";

/** @typedef {import("../../types.js").Profile} Profile */
/** @typedef {{ name?: string, members?: string }} Errors */

/** @param {{ onClose: () => void }} props */
export function NewChatDialog({ onClose }) {
  const [kind, setKind] = useState("person");
  const open = (/** @type {string} */ conversation) => {
    onClose();
    show(conversation);
  };
  const kinds = [
    { value: "person", label: t("Direct message") },
    { value: "group", label: t("Group") },
  ];
  return html`
    <${Dialog} title=${t("New chat")} onClose=${onClose} class="new-chat">
      <${Segments} label=${t("With")} value=${kind} options=${kinds} onChange=${setKind} isPlain />
      ${kind === "person" ? html`<${WithPerson} key="person" onOpen=${open} />` : html`<${WithGroup} key="group" onOpen=${open} />`}
    <//>
  `;
}

/** @param {{ onOpen: (conversation: string) => void }} props */
function WithPerson({ onOpen }) {
  const choose = (/** @type {Profile} */ { userid }) => onOpen(ofPerson(userid));
  return html`<${PeopleField} label=${t("Name or user ID")} without=${[me.value]} onChoose=${choose} isFirst />`;
}

/** @param {{ onOpen: (conversation: string) => void }} props */
function WithGroup({ onOpen }) {
  const [name, setName] = useState("");
  const [people, setPeople] = useState(/** @type {Profile[]} */ ([]));
  const [errors, setErrors] = useState(/** @type {Errors} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const wrong = missing(name, people);
    setErrors(wrong);
    if (isBusy || wrong.name || wrong.members) return;
    setBusy(true);
    try {
      onOpen(await created(name.trim(), people));
    } catch (failed) {
      setErrors(errorsOf(failed));
    } finally {
      setBusy(false);
    }
  };
  const add = (/** @type {Profile} */ person) => {
    setPeople((before) => [...before.filter((one) => one.userid !== person.userid), person]);
    setErrors({});
  };
  const remove = (/** @type {string} */ userid) => setPeople((before) => before.filter((one) => one.userid !== userid));
  return html`
    <form class="new-group" onSubmit=${submit} novalidate>
      <${Field} label=${t("Name of the group")} value=${name} onInput=${setName} error=${errors.name} autocomplete="off" />
      <${PeopleField} label=${t("Members")} error=${errors.members} chosen=${people} without=${[me.value]} onChoose=${add} onRemove=${remove} />
      <div class="dialog-actions"><button class="button primary" disabled=${isBusy}>${t("Create the group")}</button></div>
    </form>
  `;
}

/** @param {string} name @param {Profile[]} people @returns {Errors} */
const missing = (name, people) => ({
  ...(!name.trim() && { name: t("A group needs a name.") }),
  ...(people.length === 0 && { members: t("Choose at least one person.") }),
});

/** The new conversation's id. Raises Failure. @param {string} name @param {Profile[]} people */
async function created(name, people) {
  const members = people.map(({ userid }) => userid);
  const { id } = await call("POST", "groups", { body: { name, members } });
  void refresh(ofGroup(id));
  return ofGroup(id);
}

/** @param {unknown} failed @returns {Errors} */
function errorsOf(failed) {
  const { name, message, fields } = /** @type {import("../../../client/failure.js").Failure} */ (failed);
  if (fields?.name) return { name: fields.name };
  // Who is not there, and what else the server says of them, it says best itself.
  return { members: name === "not_found" || name === "conflict" ? message : explained(failed) };
}
