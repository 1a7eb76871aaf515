// A person's or a group's picture.

import { html, useState } from "../../html.js";
import { online } from "../../state/presence.js";
import { asset } from "../../config.js";
import { shownAs } from "../../text/media_urls.js";

/**
 * @param {{ src: string, userid?: string, size?: "small" | "medium" | "large", isGroup?: boolean }} props
 *   `userid`: show whether this person is online
 */
export function Avatar({ src, userid, size = "medium", isGroup = false }) {
  const [broken, setBroken] = useState("");
  const shown = shownAs(src)[0] ?? "";
  const standard = asset(isGroup ? "group.jpg" : "avatar.png");
  const isOnline = userid !== undefined && online.value.has(userid);
  return html`
    <span class="avatar avatar-${size}" data-online=${isOnline || undefined}>
      <img src=${!shown || shown === broken ? standard : shown} alt="" loading="lazy" draggable=${false} onError=${() => setBroken(shown)} />
    </span>
  `;
}
