// What the user does in one tab, for the other tabs: the server tells the connection that did it nothing, and they may
// share it.

/** @typedef {import("../types.js").ServerEvent} ServerEvent */

/** @type {BroadcastChannel | null} */
let channel = null;

/** @param {string} userid   who uses this tab @param {(event: ServerEvent) => void} take   gets what other tabs tell */
export function listen(userid, take) {
  channel = new BroadcastChannel(`im66.tabs.${userid}`);
  channel.onmessage = ({ data }) => take(data);
}

/** @param {object} event */
export const notifyTabs = (event) => channel?.postMessage(event);
