// The whole page: the sign-in form, or the list of conversations beside the one that is open. On a phone, one of them.

import { html } from "../html.js";
import { ended } from "../state/away.js";
import { welcome } from "../state/client.js";
import { followed, showNone, shown } from "../state/route.js";
import { me } from "../state/session.js";
import { Banners } from "./away/banners.js";
import { ConversationPane } from "./conversation/pane.js";
import { Dialogs } from "./dialogs.js";
import { JoinDialog } from "./seldom.js";
import { Sidebar } from "./sidebar/sidebar.js";
import { SignIn } from "./sign_in/sign_in.js";
import { asset } from "../config.js";
import { leave } from "../state/leaving.js";
import { endingOf, leaveWord } from "./away/endings.js";
import { t } from "../text/words.js";
import { dismiss, toasts, undoLast } from "../state/toasts.js";
import { Icon } from "./parts/icon.js";

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
    ${followed.value && html`<${JoinDialog} key=${followed.value} code=${followed.value} onClose=${showNone} />`}
    <${Toasts} />
  `;
}

/** In place of everything else, when the server has never let this person in. */
function Refused() {
  const { title, text, action, act } = endingOf(ended.value);
  return html`
    <main class="sign-in">
      <div class="sign-in-card" role="alert">
        <header class="sign-in-head">
          <img src=${asset("favicon.svg")} alt="" width="48" height="48" />
          <h1>${title}</h1>
        </header>
        <p>${text}</p>
        <button class="button primary" onClick=${act}>${action}</button>
        ${action !== leaveWord() && html`<button class="button" onClick=${leave}>${leaveWord()}</button>`}
      </div>
    </main>
  `;
}

/** Beside the list, while no conversation is open. */
function NothingShown() {
  return html`
    <div class="nothing-shown">
      <img src=${asset("favicon.svg")} alt="" width="64" height="64" />
      <p>${t("Choose a conversation, or start a new one.")}</p>
    </div>
  `;
}

/** Short words at the edge of the page; screen readers say them. */
function Toasts() {
  return html`
    <div class="toasts" role="status">
      ${toasts.value.map(
        ({ id, text, isError, undo }) => html`
          <div key=${id} class="toast ${isError ? "toast-error" : ""}">
            <span>${text}</span>
            ${undo && html`<button class="button" aria-keyshortcuts="Control+Z Meta+Z" onClick=${undoLast}>${t("Undo")}</button>`}
            <button class="icon-button" aria-label=${t("Dismiss")} onClick=${() => dismiss(id)}><${Icon} name="close" /></button>
          </div>
        `,
      )}
    </div>
  `;
}
