// The switches that every conversation has: whether it is pinned, whether it may notify.

import { html } from "../../html.js";
import { conversations, wish } from "../../state/conversations.js";
import { complain } from "../../state/toasts.js";
import { isGroup } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { Switch } from "../parts/switch.js";
import { SharedDialog } from "../seldom.js";

/** @param {{ conversation: string }} props */
export function Wishes({ conversation }) {
  const existing = conversations.value.get(conversation);
  if (!existing) return null;
  const set = (/** @type {object} */ wishes) => wish(conversation, wishes).catch(complain);
  return html`
    <div class="panel-part">
      <button class="button" onClick=${() => openDialog(SharedDialog, { conversation })}><${Icon} name="picture" />${t("Pictures, videos and files")}</button>
      <${Switch} label=${t("Pin to the top")} isOn=${existing.pinned} onChange=${(/** @type {boolean} */ pinned) => set({ pinned })} />
      ${isGroup(existing.id) && !existing.muted && html`<${Switch} label=${t("Notify me of mentions only")} isOn=${existing.notify === "mentions"} onChange=${(/** @type {boolean} */ isOn) => set({ notify: isOn ? "mentions" : "all" })} />`}
      <${Switch} label=${t("Mute notifications")} isOn=${existing.muted} onChange=${(/** @type {boolean} */ muted) => set({ muted })} />
    </div>
  `;
}
