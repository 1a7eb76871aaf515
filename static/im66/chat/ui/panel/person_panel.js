// A person: who it is, and what one can do.

import { html, useEffect } from "../../html.js";
import { block, blocked, loadBlocks, unblock } from "../../state/blocks.js";
import { conversations, takeOff, wish } from "../../state/conversations.js";
import { nameOf, person } from "../../state/people.js";
import { online } from "../../state/presence.js";
import { me } from "../../state/session.js";
import { complain, say } from "../../state/toasts.js";
import { ofPerson } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { copy } from "../parts/copying.js";
import { Confirm } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { ReportButton } from "../reporting/report_button.js";
import { askToReportPerson } from "../reporting/report_dialog.js";
import { ContactPart } from "../contacts/contact_part.js";
import { Editable } from "./editable.js";
import { Wishes } from "./wishes.js";

/** @param {{ userid: string }} props */
export function PersonPanel({ userid }) {
  return html`
    <div class="panel-body">
      <${PersonCard} userid=${userid} />
      <${Remark} userid=${userid} />
      <${Wishes} conversation=${ofPerson(userid)} />
      ${userid !== me.value && html`<${ContactPart} userid=${userid} /><${BlockButton} userid=${userid} /><${ReportPerson} userid=${userid} />`}
    </div>
  `;
}

/** Who it is. @param {{ userid: string }} props */
export function PersonCard({ userid }) {
  const { avatar, nickname, bot } = person(userid).value;
  return html`
    <div class="card">
      <${Avatar} src=${avatar} name=${nickname || userid} id=${userid} size="large" />
      <p class="card-name"><bdi>${nickname || userid}</bdi></p>
      <${BotBadge} is=${bot} />
      <p class="card-id">
        <bdi>${userid}</bdi>
        <button class="icon-button" aria-label=${t("Copy the user ID")} onClick=${() => copy(userid)}><${Icon} name="copy" /></button>
      </p>
      ${online.value.has(userid) && html`<p class="card-online">${t("online")}</p>`}
    </div>
  `;
}

/** What the user calls the person. @param {{ userid: string }} props */
function Remark({ userid }) {
  const existing = conversations.value.get(ofPerson(userid));
  if (!existing || userid === me.value) return null;
  const save = (/** @type {string} */ remark) => wish(existing.id, { remark });
  return html`<${Editable} label=${t("Name that only you see")} value=${existing.remark} empty=${t("No name yet")} onSave=${save} />`;
}

/** @param {{ userid: string }} props */
export function BlockButton({ userid }) {
  useEffect(() => {
    if (blocked.value === null) loadBlocks().catch(complain);
  }, []);
  const name = person(userid).value.nickname || userid;
  const isBlocked = blocked.value?.has(userid) ?? false;
  const label = isBlocked ? t("Unblock") : t("Block");
  const act = () => (isBlocked ? unblock(userid).catch(complain) : askToBlock(userid, name));
  return html`
    <div class="panel-part">
      ${isBlocked && html`<p class="panel-note">${t("You have blocked this person. You can't message each other.")}</p>`}
      <button class="button ${isBlocked ? "" : "danger"}" disabled=${blocked.value === null} onClick=${act}><${Icon} name="block" />${label}</button>
    </div>
  `;
}

/** @param {{ userid: string }} props */
export const ReportPerson = ({ userid }) =>
  html`<div class="panel-part"><${ReportButton} label=${t("Report this person")} onReport=${() => askToReportPerson(userid, nameOf(userid))} /></div>`;

/** What waits to be accepted is answered by the block. @param {string} conversation */
async function takeOffRequest(conversation) {
  if (conversations.peek().get(conversation)?.request) await takeOff(conversation);
}

/** @param {string} userid @param {string} name */
export function askToBlock(userid, name) {
  openDialog(Confirm, {
    title: t("Block {name}?", { name }),
    text: t("You can't message each other any more. Shared groups are not affected. You can unblock at any time."),
    action: t("Block"),
    onConfirm: () =>
      block(userid)
        .then(() => takeOffRequest(ofPerson(userid)))
        .then(() => say(t("{name} is blocked.", { name })))
        .catch(complain),
  });
}
