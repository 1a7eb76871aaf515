// Who one is, in open mode: one of the demo's people, or any userid.

import { html, useState } from "../../html.js";
import { asset, config } from "../../config.js";
import { signIn } from "../../state/session.js";
import { isUserid } from "../../text/userids.js";
import { t } from "../../text/words.js";
import { Field } from "../parts/field.js";
import { LanguageChoice } from "../parts/language_choice.js";
import { Avatar } from "../parts/avatar.js";

export function SignIn() {
  return html`
    <main class="sign-in">
      <div class="sign-in-card">
        <header class="sign-in-head">
          <img src=${asset("favicon.svg")} alt="" width="48" height="48" />
          <h1>im66</h1>
          <p>${t("Chat with the people here.")}</p>
        </header>
        <${DemoPeople} />
        <${UseridForm} />
        <p class="sign-in-word">
          ${t("Anyone can sign in as anyone. Don't send anything private.")}
        </p>
        <${LanguageChoice} isPlain />
      </div>
    </main>
  `;
}

function UseridForm() {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const userid = text.trim();
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isUserid(userid)) signIn(userid);
    else setError(userid ? "wrong" : "missing");
  };
  const write = (/** @type {string} */ value) => {
    setText(value);
    setError("");
  };
  return html`
    <form class="sign-in-form" onSubmit=${submit} novalidate>
      <${Field}
        label=${t("User ID")}
        value=${text}
        onInput=${write}
        error=${error && explanationOf(error)}
        hint=${t("Any ID works; the account is created when you sign in.")}
        autocomplete="username"
        autocapitalize="none"
        spellcheck=${false}
        autofocus=${config.people.length === 0}
      />
      <button class="button primary">${t("Sign in")}</button>
    </form>
  `;
}

/** @param {string} error */
const explanationOf = (error) =>
  error === "missing"
    ? t("Enter a user ID.")
    : t("A user ID has 1 to 64 characters, without spaces and without _ , and /.");

/** The people of the demo, to begin as one of them. */
function DemoPeople() {
  if (config.people.length === 0) return null;
  return html`
    <section class="demo-people">
      <h2>${t("Sign in as")}</h2>
      <ul>
        ${config.people.map(
          (one) => html`
            <li key=${one.userid}>
              <button type="button" class="demo-person" onClick=${() => signIn(one.userid)}>
                <${Avatar} src=${one.avatar} name=${one.nickname} id=${one.userid} />
                <span class="demo-person-names">
                  <span>${one.nickname}</span>
                  <span class="demo-person-userid">${one.userid}</span>
                </span>
              </button>
            </li>
          `,
        )}
      </ul>
      <p class="sign-in-or"><span>${t("or with another ID")}</span></p>
    </section>
  `;
}
