// Moving among the rows of the list and of what was found, with the arrow keys.

/** @param {KeyboardEvent} event   in an element that holds the rows: each is a link */
export function moveAmongRows(event) {
  const rows = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("a")]);
  const at = rows.findIndex((row) => row.parentElement?.contains(document.activeElement));
  const to = target(event.key, at, rows.length);
  if (at < 0 || to === undefined || event.altKey) return;
  event.preventDefault();
  rows[to]?.focus();
}

/** @param {string} key @param {number} at @param {number} count */
function target(key, at, count) {
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, count - 1);
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
