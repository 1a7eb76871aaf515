// What a link to a group leads to, and whether to join.

import { html, useEffect, useState } from "../html.js";
import { invitationOf, join } from "../state/group_links.js";
import { show, showNone } from "../state/route.js";
import { explained, say } from "../state/toasts.js";
import { ofGroup } from "../text/conversation_ids.js";
import { counted, t } from "../text/words.js";
import { Avatar } from "./parts/avatar.js";
import { Dialog } from "./parts/dialog.js";

/** @typedef {import("../state/group_links.js").Invitation} Invitation */

/** @param {{ code: string, onClose: () => void }} props */
export function JoinDialog({ code, onClose }) {
  const [invitation, setInvitation] = useState(/** @type {Invitation | null} */ (null));
  const [failed, setFailed] = useState("");
  const fail = (/** @type {any} */ error) =>
    setFailed(error.name === "not_found" ? t("This link is no longer valid. Ask for a new one.") : explained(error));
  useEffect(() => void invitationOf(code).then(setInvitation, fail), [code]);
  const act = async () => {
    try {
      const now = invitation?.state === "member" ? invitation : await join(code);
      if (now.state === "member") return show(ofGroup(now.group));
      say(t("Request sent. You join when an owner or admin accepts."));
      showNone();
    } catch (error) {
      fail(error);
    }
  };
  return html`
    <${Dialog} title=${t("Join a group")} class="dialog-small" onClose=${onClose}>
      ${failed && html`<p class="panel-error" role="alert">${failed}</p>`}
      ${!invitation && !failed && html`<p class="panel-note" role="status">${t("Loading…")}</p>`}
      ${invitation && html`<${Card} invitation=${invitation} onAct=${act} />`}
    <//>
  `;
}

/** @param {{ invitation: Invitation, onAct: () => void }} props */
function Card({ invitation, onAct }) {
  const { name, picture, members, approval, state } = invitation;
  return html`
    <div class="card">
      <${Avatar} src=${picture} name=${name} id=${name} size="large" />
      <p class="card-name"><bdi>${name}</bdi></p>
      <p class="panel-note">${counted(members, "1 member", "{count} members")}</p>
    </div>
    ${state === "asked" && html`<p class="panel-note">${t("Request sent. An owner or admin decides.")}</p>`}
    ${state === "" && approval && html`<p class="panel-note">${t("An owner or admin decides who joins.")}</p>`}
    ${state !== "asked" && html`<button class="button primary" onClick=${onAct}>${explanation(state, approval)}</button>`}
  `;
}

/** @param {Invitation["state"]} state @param {boolean} approval */
function explanation(state, approval) {
  if (state === "member") return t("Open the group");
  return approval ? t("Ask to join") : t("Join");
}
