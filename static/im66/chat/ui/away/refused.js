// In place of everything else, when the server has never let this person in.

import { html } from "../../html.js";
import { asset } from "../../config.js";
import { ended } from "../../state/away.js";
import { leave } from "../../state/leaving.js";
import { endingOf, leaveWord } from "./endings.js";

export function Refused() {
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
