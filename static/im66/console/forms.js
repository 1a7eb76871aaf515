// Forms that show, while they are filled in, what they are going to send.

import { marked } from "./marks.js";

/** Calls `describe()` for the text below the fields, and `send()` when the form is sent. */
export function liveForm(form, describe, send) {
  const preview = form.querySelector("[data-preview]");
  const show = () => preview.replaceChildren(...marked(describe()));
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("keydown", sendByKey);
  show();
}

/** Let a form show anew what it is going to send. */
export const refresh = (form) => form.dispatchEvent(new Event("input"));

/** The fields as `{ name, value, type }`, without those that are switched off, and without files. */
export function fields(form) {
  const elements = [...form.elements].filter(({ name, disabled, type }) => name && !disabled && type !== "file");
  return elements.map(({ name, value, dataset }) => ({ name, value, type: dataset.type ?? "text" }));
}

/** The values of the fields by their names. */
export const values = (form) => Object.fromEntries(fields(form).map(({ name, value }) => [name, value]));

/** A checkbox with `data-sends` says whether the field of that name is sent at all. */
export function switchable(form) {
  for (const box of form.querySelectorAll("[data-sends]")) {
    const field = form.elements[box.dataset.sends];
    const apply = () => (field.disabled = !box.checked);
    box.addEventListener("input", apply);
    // Browsers restore what was checked before a reload.
    apply();
  }
}

/** Fill a field with `make()` whenever one of `forms` changes, until somebody writes into the field. */
export function prefilled(field, forms, make) {
  // Browsers restore what was in a field before a reload.
  let isUntouched = field.value === "" || field.value === make();
  const fill = ({ currentTarget, target }) => {
    if (target === field) isUntouched = false;
    if (isUntouched) field.value = make();
    if (currentTarget !== field.form) refresh(field.form);
  };
  // Before the forms' own listeners, which show what the field holds.
  for (const form of forms) form.addEventListener("input", fill, { capture: true });
  if (isUntouched) field.value = make();
}

// Enter in a textarea is a newline, which a frame may hold.
function sendByKey(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}
