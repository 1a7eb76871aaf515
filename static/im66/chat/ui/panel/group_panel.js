// A group: what it is called, who is in it, and what a member of the user's role can do.

import { config } from "../../config.js";
import { html, useState } from "../../html.js";
import { remove } from "../../state/conversations.js";
import { addMembers, dissolveGroup, editGroup, leaveGroup } from "../../state/group_actions.js";
import { group } from "../../state/groups.js";
import { isPanelOpen } from "../../state/panel.js";
import { showNone } from "../../state/route.js";
import { me } from "../../state/session.js";
import { complain, explained } from "../../state/toasts.js";
import { ofGroup } from "../../text/conversation_ids.js";
import { betweenSentences, t, translated } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { Confirm, Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { ReportButton } from "../reporting/report_button.js";
import { askToReportGroup } from "../reporting/report_dialog.js";
import { Choices, NoticeChoices, PictureChoice } from "./choices.js";
import { Editable } from "./editable.js";
import { Members } from "./members.js";
import { LinkButton, Requests } from "./newcomers.js";
import { Wishes } from "./wishes.js";
import { PeopleField } from "../people/people_field.js";

/** @typedef {import("../../types.js").Member} Member */

/** @param {{ id: string }} props */
export function GroupPanel({ id }) {
  const known = group(id).value;
  if (!known) return html`<p class="panel-body panel-note" role="status">${t("Loading…")}</p>`;
  const { members } = known;
  const { name, notice, picture, notice_by: noticeBy, add_by: addBy, confirm, muted, nickname } = known.group;
  const role = members.find(({ userid }) => userid === me.value)?.role ?? "member";
  const isForAdmins = noticeBy === "admins";
  const mayAdd = addBy === "members" || role !== "member";
  const isClosed = muted && role === "member";
  return html`
    <div class="panel-body">
      <div class="card"><${Avatar} src=${picture} name=${name} id=${id} size="large" />${role !== "member" && html`<${PictureChoice} about=${known.group} />`}</div>
      <${Editable} label=${t("Name")} value=${name} isFixed=${isClosed} onSave=${(/** @type {string} */ text) => editGroup(id, { name: text })} />
      <${Editable} label=${t("Notice")} value=${notice} isLong isFixed=${isClosed || ((isForAdmins || confirm) && role === "member")} empty=${t("No notice")} choice=${role === "member" ? null : confirmChoice(confirm)} onSave=${(/** @type {string} */ text, /** @type {boolean} */ isOn) => editGroup(id, { notice: text, ...(role !== "member" && isOn !== confirm && { confirm: isOn }) })} />
      ${role !== "member" && html`<${Requests} id=${id} />`}
      <${Members} id=${id} members=${members} role=${role} onAdd=${mayAdd && (() => openDialog(AddPeopleDialog, { title: t("Add people"), without: members.map(({ userid }) => userid), onAdd: (/** @type {string[]} */ userids) => addMembers(id, userids) }))} />
      ${role !== "member" && html`<${LinkButton} id=${id} />`}
      <${Editable} label=${t("My nickname in this group")} value=${nickname} empty=${t("Same as everywhere")} onSave=${(/** @type {string} */ text) => editGroup(id, { nickname: text })} />
      <${Wishes} conversation=${ofGroup(id)} />
      ${role !== "member" && html`<details class="panel-part panel-folded"><summary>${t("Group settings")}</summary><${NoticeChoices} about=${known.group} /><div class="panel-part"><${Choices} about=${known.group} part="newcomers" /></div></details>`}
      <div class="panel-part">
        <${ReportButton} label=${t("Report the group")} onReport=${() => askToReportGroup(id, name)} />
        <button class="button danger" onClick=${() => askToLeave(id, name, members)}><${Icon} name="leave" />${t("Leave the group")}</button>
        ${role === "owner" && html`<button class="button danger" onClick=${() => askToDissolve(id, name)}><${Icon} name="trash" />${t("Dissolve the group")}</button>`}
      </div>
    </div>
  `;
}

/** Whether members confirm the notice, to be saved with it: members are asked once. @param {boolean} isOn */
function confirmChoice(isOn) {
  const choice = config.choices.find(({ name }) => name === "confirm");
  return choice ? { label: translated(choice.label), isOn } : null;
}

/** @param {string} id @param {string} name @param {Member[]} members */
function askToLeave(id, name, members) {
  const heir = heirAmong(members);
  const takesOver = heir ? t("{name} becomes the owner.", { name: heir.nickname || heir.userid }) : "";
  openDialog(Confirm, {
    title: t("Leave {name}?", { name }),
    text: [takesOver, t("You will get no more messages from it. You can be added again.")].filter(Boolean).join(betweenSentences()),
    action: t("Leave"),
    onConfirm: () => leaveGroup(id, me.value).then(() => goFrom(id)).catch(complain),
  });
}

/** Who owns the group after the user leaves it; nobody new if another owner stays. @param {Member[]} members   in the order in which they joined */
function heirAmong(members) {
  const owners = members.filter(({ role }) => role === "owner");
  if (owners.length !== 1 || owners[0].userid !== me.value) return undefined;
  const others = members.filter(({ userid }) => userid !== me.value);
  return others.find(({ role }) => role === "admin") ?? others[0];
}

/** @param {string} id @param {string} name */
function askToDissolve(id, name) {
  openDialog(Confirm, {
    title: t("Dissolve {name}?", { name }),
    text: t("All members leave, and nobody can write there any more. This cannot be undone."),
    action: t("Dissolve"),
    onConfirm: () => dissolveGroup(id).then(() => goFrom(id)).catch(complain),
  });
}

/** @param {string} id */
function goFrom(id) {
  isPanelOpen.value = false;
  remove(ofGroup(id));
  showNone();
}

// Chooses people who are to be added, by name or by userid.
/** @typedef {import("../../types.js").Profile} Profile */

/**
 * @param {{ title: string, without: string[], onAdd: (userids: string[]) => Promise<void>, onClose: () => void }} props
 *   `without`: who cannot be chosen
 */
function AddPeopleDialog({ title, without, onAdd, onClose }) {
  const [chosen, setChosen] = useState(/** @type {Profile[]} */ ([]));
  const [failed, setFailed] = useState("");
  const choose = (/** @type {Profile} */ person) => setChosen((before) => [...before, person]);
  const remove = (/** @type {string} */ userid) => setChosen((before) => before.filter((one) => one.userid !== userid));
  const add = async () => {
    try {
      await onAdd(chosen.map(({ userid }) => userid));
      onClose();
    } catch (error) {
      setFailed(explained(error));
    }
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <${PeopleField} label=${t("Name or user ID")} error=${failed} chosen=${chosen} without=${without} onChoose=${choose} onRemove=${remove} isFirst />
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        <button class="button primary" disabled=${chosen.length === 0} onClick=${add}>${t("Add")}</button>
      </div>
    <//>
  `;
}
