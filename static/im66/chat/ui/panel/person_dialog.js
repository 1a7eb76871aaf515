// A person, as a dialog: opened from a message or from the members of a group.

import { html } from "../../html.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { nameOf } from "../../state/people.js";
import { ofPerson } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { ContactPart } from "../contacts/contact_part.js";
import { Dialog } from "../parts/dialog.js";
import { BlockButton, PersonCard, ReportPerson } from "./person_panel.js";

/** @param {{ userid: string, onClose: () => void }} props */
export function PersonDialog({ userid, onClose }) {
  const write = () => {
    onClose();
    show(ofPerson(userid));
  };
  return html`
    <${Dialog} title=${nameOf(userid)} class="dialog-small" onClose=${onClose}>
      <${PersonCard} userid=${userid} />
      <button class="button primary" onClick=${write}>${t("Send a message")}</button>
      ${userid !== me.value && html`<${ContactPart} userid=${userid} /><${BlockButton} userid=${userid} /><${ReportPerson} userid=${userid} />`}
    <//>
  `;
}
