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

/** The last article of which something is in sight. @param {HTMLElement} log */
export function lastVisible(log) {
  const { bottom } = log.getBoundingClientRect();
  const isAbove = (/** @type {Element} */ one) => one.getBoundingClientRect().top < bottom - 8;
  const block = blocksOf(log).findLast(isAbove);
  return block && articlesOf(block).findLast(isAbove);
}

/** @param {HTMLElement} log */
const blocksOf = (log) => [.../** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll(".stream-block"))];

/** @param {Element} block */
const articlesOf = (block) => [.../** @type {NodeListOf<HTMLElement>} */ (block.querySelectorAll("article[data-id]"))];
