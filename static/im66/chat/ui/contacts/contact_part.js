// In a person's panel: whether they are a contact, and what can be done about it.

import { html, useEffect } from "../../html.js";
import { answer, contacts, loadContacts, remove } from "../../state/contacts.js";
import { contactChanges, loadRequests, requests } from "../../state/requests.js";
import { complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { AddDialog } from "../seldom.js";

/** @param {{ userid: string }} props */
export function ContactPart({ userid }) {
  const changes = contactChanges.value;
  useEffect(() => void Promise.all([loadContacts(), loadRequests()]).catch(complain), [changes]);
  if (!contacts.value) return null;
  const request = requests.value?.find((one) => one.userid === userid);
  const isContact = contacts.value.some((one) => one.userid === userid);
  const drop = () => remove(userid).then(loadContacts).catch(complain);
  return html`
    <div class="panel-part">
      ${request && !request.mine && html`<${Asks} request=${request} />`}
      ${request?.mine && html`<p class="panel-note" role="status">${t("Contact request sent.")}</p>`}
      ${isContact
        ? html`<button class="button" onClick=${drop}><${Icon} name="minus" />${t("Remove from contacts")}</button>`
        : html`<button class="button" onClick=${() => openDialog(AddDialog, { userid })}><${Icon} name="plus" />${t("Add to contacts")}</button>`}
    </div>
  `;
}

/** @param {{ request: import("../../state/requests.js").ContactRequest }} props */
function Asks({ request: { id, text } }) {
  return html`
    <p class="panel-note">${t("This person wants to be your contact.")}${text && html` <span class="field-hint" dir="auto">${text}</span>`}</p>
    <${Answers} id=${id} />
  `;
}

/** What can be said to a request. @param {{ id: number }} props */
export function Answers({ id }) {
  const act = (/** @type {"accept" | "decline"} */ action) => () => answer(id, action).then(loadRequests).catch(complain);
  return html`
    <span class="card-actions">
      <button class="button" onClick=${act("decline")}>${t("Decline")}</button>
      <button class="button primary" onClick=${act("accept")}>${t("Accept")}</button>
    </span>
  `;
}
