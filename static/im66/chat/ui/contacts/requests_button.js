// Above the list: the way to what strangers have sent, if there is any.

import { html, useEffect } from "../../html.js";
import { apart } from "../../state/conversations.js";
import { elsewhere } from "../../state/folders.js";
import { loadRequests, requests } from "../../state/requests.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { RequestsDialog } from "../seldom.js";

export function RequestsButton() {
  useEffect(() => void loadRequests().catch(() => undefined), []);
  const asking = requests.value?.filter(({ mine }) => !mine).length ?? 0;
  const count = apart.value.length + elsewhere.value.requests + asking;
  if (count === 0) return null;
  return html`
    <button class="row-archive" onClick=${() => openDialog(RequestsDialog)} aria-haspopup="dialog">
      <${Icon} name="person" />
      <span>${t("Message requests ({count})", { count })}</span>
    </button>
  `;
}
