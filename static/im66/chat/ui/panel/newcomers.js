// How people come into a group: links, and those who ask to join. For its owners and admins.

import { html, useEffect, useState } from "../../html.js";
import { asset } from "../../config.js";
import { answerRequest, endLink, linksTo, makeLink, requestsTo } from "../../state/group_links.js";
import { conversations } from "../../state/conversations.js";
import { groupChanged } from "../../state/groups.js";
import { language } from "../../state/preferences.js";
import { complain } from "../../state/toasts.js";
import { ofGroup } from "../../text/conversation_ids.js";
import { ending } from "../../text/times.js";
import { counted, t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { copy } from "../parts/copying.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../state/group_links.js").Link} Link */
/** @typedef {import("../../state/group_links.js").JoinRequest} JoinRequest */

const DAY = 24 * 60 * 60;
// How long a new link lasts.
const DAYS = 7;

/** @param {{ id: string }} props */
export const LinkButton = ({ id }) => html`
  <div class="panel-part">
    <button class="button" onClick=${() => openDialog(LinkDialog, { id })}><${Icon} name="plus" />${t("Invite by link")}</button>
  </div>
`;

/** Those who ask to join. @param {{ id: string }} props */
export function Requests({ id }) {
  const [requests, setRequests] = useState(/** @type {JoinRequest[]} */ ([]));
  const load = () => requestsTo(id).then(setRequests, () => {});
  useEffect(() => void load(), [id, conversations.value.get(ofGroup(id))?.requests]);
  if (requests.length === 0) return null;
  const answer = async (/** @type {string} */ userid, /** @type {"accept" | "decline"} */ action) => {
    try {
      await answerRequest(id, userid, action);
      await groupChanged(id);
    } catch (error) {
      complain(error);
    }
    await load();
  };
  return html`
    <div class="panel-part">
      <h3>${t("Want to join")}</h3>
      <ul class="people" aria-label=${t("Want to join")}>
      ${requests.map(
        ({ userid, nickname, avatar }) => html`
          <li key=${userid} class="people-row">
            <${Avatar} src=${avatar} name=${nickname || userid} id=${userid} size="small" />
            <span class="people-name"><bdi>${nickname || userid}</bdi></span>
            <button class="button" onClick=${() => answer(userid, "accept")}>${t("Accept")}</button>
            <button class="button" onClick=${() => answer(userid, "decline")}>${t("Decline")}</button>
          </li>
        `,
      )}
      </ul>
    </div>
  `;
}

/** @param {{ id: string, onClose: () => void }} props */
function LinkDialog({ id, onClose }) {
  const [links, setLinks] = useState(/** @type {Link[] | null} */ (null));
  const load = () => linksTo(id).then(setLinks).catch(complain);
  useEffect(() => void load(), [id]);
  const act = (/** @type {Promise<unknown>} */ done) => done.then(load).catch(complain);
  const make = (/** @type {number | null} */ uses) => act(makeLink(id, { expires: Math.floor(Date.now() / 1000) + DAYS * DAY, uses }));
  return html`
    <${Dialog} title=${t("Invite by link")} onClose=${onClose}>
      <p class="panel-note">${t("Anyone with a link can join this group, for {days} days or until you end the link.", { days: DAYS })}</p>
      ${links?.map((link) => html`<${LinkCard} key=${link.code} link=${link} onEnd=${() => act(endLink(id, link.code))} />`)}
      <div class="dialog-actions">
        <button class="button" disabled=${!links} onClick=${() => make(1)}>${t("New link for one person")}</button>
        <button class="button primary" disabled=${!links} onClick=${() => make(null)}>${t("New link")}</button>
      </div>
    <//>
  `;
}

/** @param {{ link: Link, onEnd: () => void }} props */
function LinkCard({ link, onEnd }) {
  const terms = [
    link.uses === null ? counted(link.used, "used by 1 person", "used by {count} people") : t("used by {used} of {uses} people", { used: link.used, uses: link.uses }),
    link.expires === null ? "" : t("valid until {time}", { time: ending(link.expires, language.value) }),
  ];
  return html`
    <section class="link-card" aria-label=${link.url}>
      <${Code} text=${link.url} />
      <div class="link-words">
        <p class="link-url">${link.url}</p>
        <p class="panel-note">${terms.filter(Boolean).join(" · ")}</p>
        <p class="panel-line">
          <button class="button" onClick=${() => copy(link.url)}><${Icon} name="copy" />${t("Copy")}</button>
          <button class="button danger" onClick=${onEnd}>${t("End the link")}</button>
        </p>
      </div>
    </section>
  `;
}

/** A QR code. What makes it is loaded when it is needed. @param {{ text: string }} props */
function Code({ text }) {
  const [code, setCode] = useState(/** @type {{ size: number, data: boolean[][] } | null} */ (null));
  useEffect(() => {
    import(asset("vendor/uqr.js")).then(({ encode }) => setCode(encode(text, { border: 2 })), () => {});
  }, [text]);
  const path = code?.data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  const size = code?.size ?? 1;
  return html`
    <svg class="link-code" viewBox="0 0 ${size} ${size}" role="img" aria-label=${t("QR code of the link")}>
      <rect width=${size} height=${size} fill="#fff" /><path d=${path ?? ""} fill="#000" shape-rendering="crispEdges" />
    </svg>
  `;
}
