// Who is in a group, and what the user may do about each.

import { html, useState } from "../../html.js";
import { removeMember, setRole } from "../../state/group_actions.js";
import { nameIn } from "../../state/groups.js";
import { me } from "../../state/session.js";
import { complain } from "../../state/toasts.js";
import { ofGroup } from "../../text/conversation_ids.js";
import { counted, t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { Confirm } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { Menu } from "../parts/menu.js";
import { PersonDialog } from "./person_dialog.js";

/** @typedef {import("../../types.js").Member} Member */
/** @typedef {Member["role"]} Role */

// With more members than these, one looks for a name.
const MANY = 20;
const SHOWN = 100;

/** @param {{ id: string, members: Member[], role: Role, onAdd: false | (() => void) }} props */
export function Members({ id, members, role, onAdd }) {
  const [text, setText] = useState("");
  const matches = members.filter((one) => `${one.group_nickname} ${one.nickname} ${one.userid}`.toLowerCase().includes(text.trim().toLowerCase()));
  return html`
    <section class="panel-part">
      <div class="panel-line">
        <h3>${counted(members.length, "1 member", "{count} members")}</h3>
        ${onAdd && html`<button class="button" onClick=${onAdd}><${Icon} name="plus" />${t("Add people")}</button>`}
      </div>
      ${members.length > MANY && html`<input type="search" aria-label=${t("Search members")} placeholder=${t("Search members")} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />`}
      <ul class="people" aria-label=${t("Members")}>
        ${matches.slice(0, SHOWN).map((one) => html`<${MemberRow} key=${one.userid} id=${id} member=${one} role=${role} />`)}
      </ul>
      ${matches.length > SHOWN && html`<p class="panel-note">${t("And {count} more. Search by name.", { count: matches.length - SHOWN })}</p>`}
    </section>
  `;
}

/** @param {{ id: string, member: Member, role: Role }} props */
function MemberRow({ id, member, role }) {
  const [isOpen, setOpen] = useState(false);
  const name = nameIn(ofGroup(id), member.userid);
  const entries = entriesFor(id, member, role);
  return html`
    <li class="people-row">
      <button class="people-who" onClick=${() => openDialog(PersonDialog, { userid: member.userid })}>
        <${Avatar} src=${member.avatar} name=${name} id=${member.userid} userid=${member.userid} size="small" />
        <span class="people-name"><bdi>${name}</bdi></span>
        <${BotBadge} is=${member.bot} />
        ${member.role !== "member" && html`<span class="people-role">${roleName(member.role)}</span>`}
      </button>
      ${entries.length > 0 &&
      html`<button class="icon-button" aria-label=${t("Manage {name}", { name })} aria-haspopup="menu" aria-expanded=${String(isOpen)} onClick=${() => setOpen(true)}><${Icon} name="more" /></button>`}
      ${isOpen && html`<${Menu} label=${name} entries=${entries} onClose=${() => setOpen(false)} />`}
    </li>
  `;
}

/** @param {Role} role */
function roleName(role) {
  return { owner: t("Owner"), admin: t("Admin"), member: t("Member") }[role];
}

/** What the user may do about a member. @param {string} id @param {Member} member @param {Role} role */
function entriesFor(id, member, role) {
  if (member.userid === me.value) return [];
  return [...(role === "owner" ? roleEntries(id, member) : []), ...(mayRemove(member, role) ? [removal(id, member)] : [])];
}

/** @param {Member} member @param {Role} role */
const mayRemove = (member, role) => role === "owner" || (role === "admin" && member.role !== "owner");

/** @param {string} id @param {Member} member */
function roleEntries(id, member) {
  const { userid } = member;
  const name = member.nickname || userid;
  const set = (/** @type {Role} */ role) => () => void setRole(id, userid, role).catch(complain);
  return [
    ...(member.role !== "admin" ? [{ label: t("Make an admin"), icon: "crown", onChoose: set("admin") }] : []),
    ...(member.role !== "member" ? [{ label: t("Remove as admin"), icon: "person", onChoose: set("member") }] : []),
    ...(member.role !== "owner" ? [{ label: t("Transfer ownership"), icon: "crown", onChoose: () => askToHandOver(id, userid, name) }] : []),
  ];
}

/** @param {string} id @param {string} userid @param {string} name */
function askToHandOver(id, userid, name) {
  openDialog(Confirm, {
    title: t("Transfer ownership to {name}?", { name }),
    text: t("{name} becomes the owner, and you become a member.", { name }),
    action: t("Transfer"),
    onConfirm: () => handOver(id, userid).catch(complain),
  });
}

/** A group always has an owner, so the new one comes first. @param {string} id @param {string} userid */
async function handOver(id, userid) {
  await setRole(id, userid, "owner");
  await setRole(id, me.value, "member");
}

/** @param {string} id @param {Member} member */
function removal(id, { userid, nickname }) {
  const name = nickname || userid;
  return {
    label: t("Remove from the group"),
    icon: "trash",
    isDangerous: true,
    onChoose: () =>
      openDialog(Confirm, {
        title: t("Remove {name}?", { name }),
        text: t("{name} won't see later messages.", { name }),
        action: t("Remove"),
        onConfirm: () => removeMember(id, userid).catch(complain),
      }),
  };
}
