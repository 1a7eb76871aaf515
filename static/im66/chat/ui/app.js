// The whole page: the sign-in form, or the list of conversations beside the one that is open. On a phone, one of them.

import { html } from "../html.js";
import { ended } from "../state/away.js";
import { welcome } from "../state/client.js";
import { followed, shown } from "../state/route.js";
import { me } from "../state/session.js";
import { Banners } from "./away/banners.js";
import { Refused } from "./away/refused.js";
import { ConversationPane } from "./conversation/pane.js";
import { Dialogs } from "./dialogs.js";
import { JoinDialog } from "./join_dialog.js";
import { NothingShown } from "./nothing_shown.js";
import { Toasts } from "./parts/toasts.js";
import { Sidebar } from "./sidebar/sidebar.js";
import { SignIn } from "./sign_in/sign_in.js";

export function App() {
  if (!me.value) return html`<${SignIn} />`;
  if (ended.value && !welcome()) return html`<${Refused} />`;
  return html`
    <div class="page">
      <${Banners} />
      <main class="app" data-shows=${shown.value ? "conversation" : "list"}>
        <h1 class="visually-hidden">im66</h1>
        <${Sidebar} />
        <div class="app-main">
          ${shown.value ? html`<${ConversationPane} key=${shown.value} conversation=${shown.value} />` : html`<${NothingShown} />`}
        </div>
      </main>
    </div>
    <${Dialogs} />
    ${followed.value && html`<${JoinDialog} key=${followed.value} code=${followed.value} />`}
    <${Toasts} />
  `;
}
