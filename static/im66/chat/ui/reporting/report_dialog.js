// Asks what is wrong with a message, a person or a group, and tells the moderators.

import { html, useId, useState } from "../../html.js";
import { NOTE_LENGTH, report } from "../../state/reporting.js";
import { explained, say } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Dialog } from "../parts/dialog.js";

/** @typedef {import("../../state/reporting.js").Category} Category */
/** @typedef {import("../../state/reporting.js").Target} Target */

/** @type {() => { value: Category, label: string }[]} */
const categories = () => [
  { value: "spam", label: t("Spam or advertising") },
  { value: "abuse", label: t("Insults or threats") },
  { value: "sexual", label: t("Sexual content") },
  { value: "violence", label: t("Violence") },
  { value: "illegal", label: t("Illegal content") },
  { value: "other", label: t("Other") },
];

/** @param {number} message   its id */
export const askToReportMessage = (message) =>
  openDialog(ReportDialog, {
    target: { message },
    title: t("Report this message"),
    text: t("The moderators get this message with a few before and after it. Your name is not shown to them. You get a message when they have dealt with it."),
  });

/** @param {string} user @param {string} name */
export const askToReportPerson = (user, name) =>
  openDialog(ReportDialog, {
    target: { user },
    title: t("Report {name}", { name }),
    text: t("The moderators get this person’s profile and last messages to you. Your name is not shown to them. You get a message when they have dealt with it."),
  });

/** @param {string} group @param {string} name */
export const askToReportGroup = (group, name) =>
  openDialog(ReportDialog, {
    target: { group },
    title: t("Report {name}", { name }),
    text: t("The moderators get the group’s name and notice. Your name is not shown to them. You get a message when they have dealt with it."),
  });

/** @param {{ target: Target, title: string, text: string, onClose: () => void }} props   `text`: what happens then */
function ReportDialog({ target, title, text, onClose }) {
  const [category, setCategory] = useState(/** @type {Category | null} */ (null));
  const [note, setNote] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!category) return setError(t("Choose what is wrong."));
    setBusy(true);
    try {
      await report(target, category, note);
      onClose();
      say(t("Reported. The moderators will look at it."));
    } catch (failed) {
      setError(explained(failed));
    } finally {
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose} class="report">
      <form class="report-form" onSubmit=${submit}>
        <${Categories} value=${category} onChange=${setCategory} />
        <${Note} value=${note} onInput=${setNote} />
        <p class="field-hint">${text}</p>
        ${error && html`<p class="field-error" role="alert">${error}</p>`}
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${onClose}>${t("Cancel")}</button>
          <button class="button danger" disabled=${isBusy}>${t("Report")}</button>
        </div>
      </form>
    <//>
  `;
}

/** @param {{ value: Category | null, onChange: (value: Category) => void }} props */
function Categories({ value, onChange }) {
  const name = useId();
  return html`
    <fieldset class="report-categories">
      <legend class="field-label">${t("What is wrong?")}</legend>
      ${categories().map(
        (one, at) => html`
          <label key=${one.value} class="report-category">
            <input type="radio" name=${name} checked=${one.value === value} data-focus=${at === 0 ? "" : undefined} onChange=${() => onChange(one.value)} />
            <span>${one.label}</span>
          </label>
        `,
      )}
    </fieldset>
  `;
}

/** @param {{ value: string, onInput: (text: string) => void }} props */
function Note({ value, onInput }) {
  const id = useId();
  return html`
    <div class="field">
      <label class="field-label" for=${id}>${t("What else should they know? (optional)")}</label>
      <textarea id=${id} rows="3" maxlength=${NOTE_LENGTH} dir="auto" value=${value} onInput=${(/** @type {any} */ event) => onInput(event.target.value)} />
    </div>
  `;
}
