// A long list in blocks, so that what is new changes one of them only. Pure.

/** @typedef {import("../types.js").Item} Item */
/**
 * @typedef {object} Block
 * @property {number} key
 * @property {Item[]} items
 * @property {Item | undefined} before   what comes right before it
 */

const SIZE = 25;

/** Divides the lists that a conversation has one after the other. Blocks that did not change are the same objects. */
export class Divider {
  /** The ids that blocks begin with: they stay where they are, whatever is added at either end. @type {Set<number>} */
  #starts = new Set();
  /** @type {Map<number, Block>} */
  #blocks = new Map();

  /** @param {Item[]} items @returns {Block[]} */
  divide(items) {
    const blocks = this.#cut(items).map((part, at, parts) => this.#block(part, parts[at - 1]?.at(-1)));
    this.#blocks = new Map(blocks.map((block) => [block.key, block]));
    this.#starts = new Set(this.#blocks.keys());
    return blocks;
  }

  /** @param {Item[]} items */
  #cut(items) {
    /** @type {Item[][]} */
    const parts = [];
    for (const item of items) {
      const last = parts.at(-1);
      if (!last || last.length >= SIZE || this.#starts.has(item.id)) parts.push([item]);
      else last.push(item);
    }
    return parts;
  }

  /** @param {Item[]} items @param {Item | undefined} before @returns {Block} */
  #block(items, before) {
    const key = items[0].id;
    const known = this.#blocks.get(key);
    const isSame = known?.before === before && known?.items.length === items.length;
    if (known && isSame && items.every((item, at) => item === known.items[at])) return known;
    return { key, items, before };
  }
}
