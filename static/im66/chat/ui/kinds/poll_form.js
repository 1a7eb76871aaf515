// Asks people something: a question with answers to choose from.

import { html, useState } from "../../html.js";
import { client } from "../../state/client.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Switch } from "../parts/switch.js";

const MAX_QUESTION = 300;
const MAX_OPTION = 100;
const MIN_OPTIONS = 2;
const MAX_OPTIONS = 10;
const DAY_SECONDS = 24 * 60 * 60;

/** @param {{ conversation: string, reply?: number, onClose: () => void, onSent: () => void }} props */
export function PollDialog({ conversation, reply, onClose, onSent }) {
  const [question, setQuestion] = useState("");
  const [written, setWritten] = useState(["", ""]);
  const [multiple, setMultiple] = useState(false);
  const [anonymous, setAnonymous] = useState(false);
  const [closes, setCloses] = useState("");
  const options = written.map((one) => one.replace(/\s+/g, " ").trim()).filter(Boolean);
  const isDouble = new Set(options).size < options.length;
  const until = closes ? Math.floor(new Date(closes).getTime() / 1000) : null;
  const isLate = until !== null && !isAhead(until);
  const isReady = question.trim() && options.length >= MIN_OPTIONS && !isDouble && !isLate;
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!isReady) return;
    client.value?.outbox.add({ to: conversation, kind: "poll", content: question.trim(), poll: { options, multiple, anonymous, ...(until && { until }) }, reply });
    onSent();
    onClose();
  };
  return html`
    <${Dialog} title=${t("New poll")} onClose=${onClose} class="dialog-small">
      <form id="poll" class="poll-form" onSubmit=${send}>
        <${Field} label=${t("Question")} value=${question} onInput=${setQuestion} maxlength=${MAX_QUESTION} autocomplete="off" data-focus="true" />
        <${Answers} written=${written} onChange=${setWritten} error=${isDouble ? t("Two answers are the same.") : ""} />
        <${Switch} label=${t("Several answers")} isOn=${multiple} onChange=${setMultiple} />
        <${Switch} label=${t("Anonymous")} isOn=${anonymous} onChange=${setAnonymous} />
        <${Switch} label=${t("Close at a time")} isOn=${closes !== ""} onChange=${(/** @type {boolean} */ isOn) => setCloses(isOn ? inDays(1) : "")} />
        ${closes && html`<${Field} label=${t("Closes")} type="datetime-local" value=${closes} onInput=${setCloses} min=${inDays(0)} max=${inDays(365)} error=${isLate ? t("Choose a time in the next 365 days.") : ""} />`}
      </form>
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        <button class="button primary" form="poll" disabled=${!isReady}>${t("Send")}</button>
      </div>
    <//>
  `;
}

/** One more than are written. @param {{ written: string[], onChange: (written: string[]) => void, error: string }} props */
function Answers({ written, onChange, error }) {
  const change = (/** @type {number} */ at, /** @type {string} */ text) => {
    const next = written.with(at, text);
    onChange(next.every((one) => one.trim()) && next.length < MAX_OPTIONS ? [...next, ""] : next);
  };
  const toNext = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.currentTarget).nextElementSibling)?.focus();
  };
  return html`
    <fieldset class="poll-answers">
      <legend class="field-label">${t("Answers")}</legend>
      ${written.map((text, at) => {
        const label = t("Answer {number}", { number: at + 1 });
        return html`<input key=${at} dir="auto" aria-label=${label} placeholder=${label} value=${text} maxlength=${MAX_OPTION} autocomplete="off" onInput=${(/** @type {any} */ event) => change(at, event.target.value)} onKeyDown=${toNext} />`;
      })}
      <p class="field-error" role="alert">${error}</p>
    </fieldset>
  `;
}

/** @param {number} until */
function isAhead(until) {
  const seconds = until - Date.now() / 1000;
  return seconds > 0 && seconds <= 365 * DAY_SECONDS;
}

/** As the browser's own field has it: the reader's clock. @param {number} days */
function inDays(days) {
  const then = new Date(Date.now() + days * DAY_SECONDS * 1000);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
