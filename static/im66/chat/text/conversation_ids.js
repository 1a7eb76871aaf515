// The names of conversations. Pure.

/** @param {string} id */
export const isGroup = (id) => id.startsWith("g:");

/** The userid or the group's id. @param {string} id */
export const peerOf = (id) => id.slice(2);

/** @param {string} userid */
export const ofPerson = (userid) => `u:${userid}`;

/** @param {string} groupId */
export const ofGroup = (groupId) => `g:${groupId}`;

/** The page's address of a conversation, and of a message in it. @param {string} id @param {number} [message] */
export const hashOf = (id, message) =>
  `#/${id[0]}/${encodeURIComponent(peerOf(id))}${message ? `?m=${message}` : ""}`;

/**
 * What an address shows.
 *
 * @param {string} hash
 * @returns {{ conversation: string | null, message: number | null }}
 */
export function placeIn(hash) {
  const match = /^#\/([ug])\/([^/?]+)(?:\?m=(\d+))?$/.exec(hash);
  const name = match && decoded(match[2]);
  if (!match || !name) return { conversation: null, message: null };
  const message = Number(match[3]);
  // The server has no ids that are larger.
  return { conversation: `${match[1]}:${name}`, message: Number.isSafeInteger(message) ? message : null };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
