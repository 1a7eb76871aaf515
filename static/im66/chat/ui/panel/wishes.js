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
  const found = conversations.value.get(conversation);
  if (!found) return null;
  const set = (/** @type {object} */ wishes) => wish(conversation, wishes).catch(complain);
  return html`
    <div class="panel-part">
      <button class="button" onClick=${() => openDialog(SharedDialog, { conversation })}><${Icon} name="picture" />${t("Pictures, videos and files")}</button>
      <${Switch} label=${t("Pin to the top")} isOn=${found.pinned} onChange=${(/** @type {boolean} */ pinned) => set({ pinned })} />
      ${isGroup(found.id) && !found.muted && html`<${Switch} label=${t("Notify me of mentions only")} isOn=${found.notify === "mentions"} onChange=${(/** @type {boolean} */ isOn) => set({ notify: isOn ? "mentions" : "all" })} />`}
      <${Switch} label=${t("Mute notifications")} isOn=${found.muted} onChange=${(/** @type {boolean} */ muted) => set({ muted })} />
    </div>
  `;
}
