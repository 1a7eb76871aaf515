// A group: what it is called, who is in it, and what a member of the user's role can do.

import { html } from "../../html.js";
import { remove } from "../../state/conversations.js";
import { addMembers, dissolveGroup, editGroup, leaveGroup } from "../../state/group_actions.js";
import { group } from "../../state/groups.js";
import { isPanelOpen } from "../../state/panel.js";
import { showNone } from "../../state/route.js";
import { me } from "../../state/session.js";
import { complain } from "../../state/toasts.js";
import { ofGroup } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { Confirm } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { Switch } from "../parts/switch.js";
import { ReportButton } from "../reporting/report_button.js";
import { askToReportGroup } from "../reporting/report_dialog.js";
import { AddPeopleDialog } from "./add_people.js";
import { Editable } from "./editable.js";
import { Members } from "./members.js";
import { Newcomers } from "./newcomers.js";
import { Wishes } from "./wishes.js";

/** @typedef {import("../../types.js").Member} Member */

/** @param {{ id: string }} props */
export function GroupPanel({ id }) {
  const known = group(id).value;
  if (!known) return html`<p class="panel-body panel-note" role="status">${t("Loading…")}</p>`;
  const { members } = known;
  const { name, notice, picture, notice_by: noticeBy } = known.group;
  const role = members.find(({ userid }) => userid === me.value)?.role ?? "member";
  const isForAdmins = noticeBy === "admins";
  return html`
    <div class="panel-body">
      <div class="card"><${Avatar} src=${picture} name=${name} id=${id} size="large" /></div>
      <${Editable} label=${t("Name")} value=${name} onSave=${(/** @type {string} */ text) => editGroup(id, { name: text })} />
      <${Editable} label=${t("Notice")} value=${notice} isLong isFixed=${isForAdmins && role === "member"} empty=${t("No notice")} onSave=${(/** @type {string} */ text) => editGroup(id, { notice: text })} />
      ${role !== "member" && html`<${Switch} label=${t("Only owners and admins set the notice")} isOn=${isForAdmins} onChange=${(/** @type {boolean} */ isOn) => editGroup(id, { notice_by: isOn ? "admins" : "members" }).catch(complain)} />`}
      ${role !== "member" && html`<${Newcomers} id=${id} approval=${known.group.approval} />`}
      <${Wishes} conversation=${ofGroup(id)} />
      <${Members} id=${id} members=${members} role=${role} onAdd=${() => openDialog(AddPeopleDialog, { title: t("Add people"), without: members.map(({ userid }) => userid), onAdd: (/** @type {string[]} */ userids) => addMembers(id, userids) })} />
      <div class="panel-part">
        <${ReportButton} label=${t("Report the group")} onReport=${() => askToReportGroup(id, name)} />
        <button class="button danger" onClick=${() => askToLeave(id, name, members)}><${Icon} name="leave" />${t("Leave the group")}</button>
        ${role === "owner" && html`<button class="button danger" onClick=${() => askToDissolve(id, name)}><${Icon} name="trash" />${t("Dissolve the group")}</button>`}
      </div>
    </div>
  `;
}

/** @param {string} id @param {string} name @param {Member[]} members */
function askToLeave(id, name, members) {
  const heir = heirAmong(members);
  const takesOver = heir ? t("{name} becomes the owner.", { name: heir.nickname || heir.userid }) : "";
  openDialog(Confirm, {
    title: t("Leave {name}?", { name }),
    text: [takesOver, t("You will no longer get its messages. Somebody in the group can add you again.")].filter(Boolean).join(t(" ")),
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
