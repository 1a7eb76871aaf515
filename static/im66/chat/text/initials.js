// What stands for a person or a group without a picture. Pure.

/** The first letter, digit or emoji of the name; empty if it has none. @param {string} name */
export const initialOf = (name) => (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.exec(name)?.[0] ?? "").toUpperCase();

/** In degrees, always the same for the same id, and another one for the next id. @param {string} id */
export function hueOf(id) {
  let hash = 0;
  for (const character of id) {
    hash = Math.imul(hash ^ /** @type {number} */ (character.codePointAt(0)), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  return (hash >>> 0) % 360;
}
