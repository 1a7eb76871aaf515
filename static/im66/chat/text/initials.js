// What stands for a person or a group without a picture. Pure.

/** The first letter, digit or emoji of the name; empty if it has none. @param {string} name */
export const initialOf = (name) => (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.exec(name)?.[0] ?? "").toUpperCase();

/** In degrees, always the same for the same id. @param {string} id */
export function hueOf(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + /** @type {number} */ (character.codePointAt(0))) % 360;
  return sum;
}
