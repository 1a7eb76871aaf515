// Who has read a message.

import { html, useEffect, useState } from "../../../html.js";
import { group, nameIn } from "../../../state/groups.js";
import { explained } from "../../../state/toasts.js";
import { isGroup, peerOf } from "../../../text/conversation_ids.js";
import { counted, t } from "../../../text/words.js";
import { call, part } from "../../../wire/api.js";
import { Avatar } from "../../parts/avatar.js";
import { Dialog } from "../../parts/dialog.js";

/** @typedef {import("../../../types.js").Profile} Profile */

/** @param {{ message: import("../../../types.js").Message, onClose: () => void }} props */
export function ReadersDialog({ message, onClose }) {
  const { id, conversation } = message;
  const [readers, setReaders] = useState(/** @type {Profile[] | null} */ (null));
  const [failed, setFailed] = useState("");
  useEffect(() => {
    const path = `conversations/${part(conversation)}/messages/${id}/readers`;
    call("GET", path).then(({ items }) => setReaders(items), (error) => setFailed(explained(error)));
  }, [conversation, id]);
  return html`
    <${Dialog} title=${t("Read by")} class="dialog-small" onClose=${onClose}>
      ${failed && html`<p class="panel-error" role="alert">${failed}</p>`}
      ${!failed && html`<p class="panel-note" role="status">${readers ? summary(readers, message) : t("Loading…")}</p>`}
      ${readers && readers.length > 0 && html`
        <ul class="people" aria-label=${t("Read by")}>
          ${readers.map(({ userid, avatar }) => html`
            <li key=${userid} class="people-row">
              <${Avatar} src=${avatar} name=${nameIn(conversation, userid)} id=${userid} userid=${userid} size="small" />
              <span class="people-name"><bdi>${nameIn(conversation, userid)}</bdi></span>
            </li>
          `)}
        </ul>
      `}
    <//>
  `;
}

/** @param {Profile[]} readers @param {import("../../../types.js").Message} message */
function summary(readers, { conversation }) {
  if (readers.length === 0) return t("Nobody yet. The mobile apps don't report this.");
  const members = isGroup(conversation) ? group(peerOf(conversation)).value?.members.length : undefined;
  if (!members) return counted(readers.length, "1 person", "{count} people");
  return t("{count} of {members} members. The mobile apps don't report this.", { count: readers.length, members });
}
