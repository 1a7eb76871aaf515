import { html } from "../../html.js";
import { config } from "../../config.js";
import { signIn } from "../../state/session.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";

/** The people of the demo, to begin as one of them. */
export function DemoPeople() {
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
