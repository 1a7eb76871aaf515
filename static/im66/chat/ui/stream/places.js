// Which messages are in sight. Blocks first: those out of sight need not be laid out for it.

/** @param {HTMLElement} log @param {string} id @returns {HTMLElement | null} */
export const articleOf = (log, id) => log.querySelector(`article[data-id="${id}"]`);

/** The first article of which something is in sight. @param {HTMLElement} log */
export function firstVisible(log) {
  const { top } = log.getBoundingClientRect();
  const isBelow = (/** @type {Element} */ one) => one.getBoundingClientRect().bottom > top + 1;
  const block = blocksOf(log).find(isBelow);
  return block && (articlesOf(block).find(isBelow) ?? articlesOf(block).at(-1));
}

/** The last article that was seen: half of it is above the lower edge, or so much of it as fills half of the log. @param {HTMLElement} log */
export function lastSeen(log) {
  const { bottom, height } = log.getBoundingClientRect();
  const isSeen = (/** @type {Element} */ one) => {
    const box = one.getBoundingClientRect();
    return box.top + Math.min(box.height, height) / 2 < bottom;
  };
  for (const block of blocksOf(log).reverse()) {
    const found = block.getBoundingClientRect().top < bottom && articlesOf(block).findLast(isSeen);
    if (found) return found;
  }
  return undefined;
}

/** @param {HTMLElement} log */
const blocksOf = (log) => [.../** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll(".stream-block"))];

/** @param {Element} block */
const articlesOf = (block) => [.../** @type {NodeListOf<HTMLElement>} */ (block.querySelectorAll("article[data-id]"))];
