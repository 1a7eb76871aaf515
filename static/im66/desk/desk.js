// What the pages of the desk do by themselves. They work without it.

/**
 * Writes the reason that was chosen into its field: in the place of another one of them, or behind what somebody
 * has typed.
 * @param {HTMLTextAreaElement} field
 * @param {string} text
 * @param {Set<string>} known
 */
function choose(field, text, known) {
  const before = field.value.trim();
  field.value = before === "" || known.has(before) ? text : `${before}\n${text}`;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

for (const group of document.querySelectorAll("[data-fills]")) {
  const id = String(/** @type {HTMLElement} */ (group).dataset.fills);
  const field = document.getElementById(id);
  if (!(field instanceof HTMLTextAreaElement)) {
    continue;
  }
  const buttons = [...group.querySelectorAll("button")];
  const known = new Set(buttons.map((button) => String(button.dataset.text).trim()));
  for (const button of buttons) {
    button.addEventListener("click", () => choose(field, String(button.dataset.text), known));
  }
  group.removeAttribute("hidden");
}

for (const all of document.querySelectorAll("[data-chooses]")) {
  const box = /** @type {HTMLInputElement} */ (all);
  // Those below its own heading, or all.
  const part = box.closest("section") ?? document;
  const boxes = () =>
    /** @type {NodeListOf<HTMLInputElement>} */ (part.querySelectorAll("input[name=chosen]"));
  box.addEventListener("change", () => {
    for (const one of boxes()) {
      one.checked = box.checked;
    }
  });
  box.closest("[hidden]")?.removeAttribute("hidden");
}
