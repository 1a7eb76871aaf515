// A person's or a group's picture; without one, a tile of the name's initial.

import { html, useState } from "../../html.js";
import { online } from "../../state/presence.js";
import { asset } from "../../config.js";
import { hueOf, initialOf } from "../../text/initials.js";
import { avatarAs } from "../../text/media_urls.js";

/** What could not be loaded: the same people are shown in many places. @type {Set<string>} */
const missing = new Set();

/**
 * @param {{ src: string, name: string, id: string, userid?: string, size?: "small" | "medium" | "large" }} props
 *   `id`: the person's or the group's, for the tile's colour; `userid`: show whether this person is online
 */
export function Avatar({ src, name, id, userid, size = "medium" }) {
  const [, setMissed] = useState("");
  const shown = avatarAs(src).find((url) => !missing.has(url));
  const miss = (/** @type {string} */ url) => setMissed(missing.add(url) && url);
  const isOnline = userid !== undefined && online.value.has(userid);
  return html`
    <span class="avatar avatar-${size}" data-online=${isOnline || undefined}>
      ${!shown || isStandard(shown)
        ? html`<span class="avatar-tile" style=${{ "--hue": hueOf(id) }} data-initial=${initialOf(name)} aria-hidden="true" />`
        : html`<img src=${shown} alt="" loading="lazy" draggable=${false} onError=${() => miss(shown)} />`}
    </span>
  `;
}

/** Whether it is the picture of all who have none. @param {string} url */
export const isStandard = (url) => url.endsWith(asset("avatar.png")) || url.endsWith(asset("group.jpg"));
