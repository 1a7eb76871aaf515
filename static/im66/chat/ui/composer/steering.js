// Arrow keys in the picker.

/** @param {Element} within @param {string} selector @returns {HTMLElement[]} */
const all = (within, selector) => [.../** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll(selector))];

/** Left and right, from tab to tab. @param {KeyboardEvent} event */
export function steerTabs(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const tabs = all(/** @type {Element} */ (event.currentTarget), '[role="tab"]');
  const other = tabs[1 - tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement))];
  event.preventDefault();
  other?.click();
  other?.focus();
}

/** In all four directions, from cell to cell. @param {KeyboardEvent} event */
export function steerGrid(event) {
  const cells = all(/** @type {Element} */ (event.currentTarget), ".picker-cell");
  const here = /** @type {HTMLElement} */ (document.activeElement);
  const at = cells.indexOf(here);
  const next = at < 0 ? undefined : nextOf(cells, at, event.key);
  if (!next) return;
  event.preventDefault();
  here.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** @param {HTMLElement[]} cells @param {number} at @param {string} key */
function nextOf(cells, at, key) {
  switch (key) {
    case "ArrowLeft":
      return cells[at - 1];
    case "ArrowRight":
      return cells[at + 1];
    case "ArrowUp":
      return nearest(cells.slice(0, at).reverse(), cells[at]);
    case "ArrowDown":
      return nearest(cells.slice(at + 1), cells[at]);
    case "Home":
      return cells[0];
    case "End":
      return cells.at(-1);
    default:
      return undefined;
  }
}

/** Of the next row, the one that is nearest. @param {HTMLElement[]} cells   by distance @param {HTMLElement} from */
function nearest(cells, from) {
  const row = cells.find((cell) => cell.offsetTop !== from.offsetTop)?.offsetTop;
  const distance = (/** @type {HTMLElement} */ cell) => Math.abs(cell.offsetLeft - from.offsetLeft);
  return cells.filter((cell) => cell.offsetTop === row).sort((a, b) => distance(a) - distance(b))[0];
}
