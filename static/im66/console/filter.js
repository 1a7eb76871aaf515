// What of the log is shown: entries of the kinds that are checked, with the text that is written.

/** Calls `show(matches)` at once and whenever the form changes. */
export function startFilter(form, show) {
  const apply = () => show(matcher(form));
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}

function matcher(form) {
  const text = form.elements.text.value.toLowerCase();
  const boxes = [...form.querySelectorAll("[type=checkbox]")];
  const kinds = new Set(boxes.filter(({ checked }) => checked).map(({ name }) => name));
  return (entry) => kinds.has(entry.kind) && entry.text.toLowerCase().includes(text);
}
