// What this browser keeps beyond the page, by key. It may be full, or closed to this page, which goes on all the same.

/** A store. Only to ask for it may be refused. @typedef {() => Storage} Place */

/** @type {Place} */
const ofBrowser = () => localStorage;
/** The tab's own. @type {Place} */
export const ofTab = () => sessionStorage;

/** For a person: `im66.<kind>.<userid>/<name>`. @param {string} kind @param {string} userid */
export const prefixOf = (kind, userid) => `im66.${kind}.${userid}/`;

/** What is kept; null if nothing is. @param {string} key @param {Place} [place] */
export function keptAt(key, place = ofBrowser) {
  try {
    return place().getItem(key);
  } catch {
    return null;
  }
}

/** By name, all that is kept under the prefix. @param {string} prefix @returns {Map<string, string>} */
export function allUnder(prefix) {
  try {
    const keys = Object.keys(ofBrowser()).filter((key) => key.startsWith(prefix));
    return new Map(keys.map((key) => [key.slice(prefix.length), keptAt(key) ?? ""]));
  } catch {
    return new Map();
  }
}

/**
 * Keep a text; an empty one is forgotten. Where there is no room, nothing is kept, and nothing of before.
 *
 * @param {string} key
 * @param {string} text
 * @param {Place} [place]
 * @returns {boolean} whether it is kept
 */
export function keep(key, text, place = ofBrowser) {
  try {
    if (text) place().setItem(key, text);
    else place().removeItem(key);
    return true;
  } catch {
    forget(key, place);
    return false;
  }
}

/** @param {string} key @param {Place} [place] */
export function forget(key, place = ofBrowser) {
  try {
    place().removeItem(key);
  } catch {
    // Where there is no storage, nothing is kept.
  }
}
