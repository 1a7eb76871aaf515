// Choices of one of several, which show one part of the page or another.

/** The section with the id of the chosen value is shown, those of the other values are not. */
export function startTabs(boxes) {
  for (const box of boxes) box.addEventListener("input", () => showTab(boxes));
  // Browsers restore what was chosen before a reload.
  showTab(boxes);
}

function showTab(boxes) {
  for (const { value, checked } of boxes) document.getElementById(value).hidden = !checked;
}

/** What has `data-dialect` is shown where that is the chosen one. Calls `changed()` after each choice. */
export function startDialect(form, changed) {
  const apply = () => {
    const chosen = form.elements.dialect.value;
    for (const part of document.querySelectorAll("[data-dialect]")) part.hidden = part.dataset.dialect !== chosen;
    changed();
  };
  for (const box of form.elements.dialect) box.addEventListener("input", apply);
  apply();
}
