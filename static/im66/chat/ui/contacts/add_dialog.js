// Adding a contact, and asking the person to do the same.

import { html, useState } from "../../html.js";
import { add, ask } from "../../state/contacts.js";
import { nameOf } from "../../state/people.js";
import { explained, say } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";

const MAX_CHARACTERS = 100;

/** @param {{ userid: string, onClose: () => void }} props */
export function AddDialog({ userid, onClose }) {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const name = nameOf(userid);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      await add(userid);
      const { accepted } = await ask(userid, text.trim());
      say(accepted ? t("You and {name} are contacts.", { name }) : t("{name} was added and gets your request.", { name }));
      onClose();
    } catch (failure) {
      setError(/** @type {any} */ (failure).why === "unwanted" ? t("{name} was added, but accepts no requests.", { name }) : explained(failure));
    }
    setBusy(false);
  };
  return html`
    <${Dialog} title=${t("Add {name}", { name })} onClose=${onClose} class="dialog-small">
      <form onSubmit=${send}>
        <p>${t("They get a request to add you too. Contacts can reach you wherever “Who can reach me” says “My contacts”.")}</p>
        <${Field} label=${t("Who are you? (optional)")} value=${text} onInput=${setText} error=${error} maxlength=${MAX_CHARACTERS} data-focus="true" autocomplete="off" />
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${onClose}>${t("Cancel")}</button>
          <button class="button primary" disabled=${isBusy}>${t("Add contact")}</button>
        </div>
      </form>
    <//>
  `;
}
