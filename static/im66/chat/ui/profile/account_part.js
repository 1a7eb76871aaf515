// One's own account, in the settings: how one signs in, the devices that are signed in, a copy of one's data, and the end of it.

import { config } from "../../config.js";
import { html, useEffect, useId, useState } from "../../html.js";
import { nameOf } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { complain, explained, say } from "../../state/toasts.js";
import { day, moment } from "../../text/times.js";
import { counted, t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { Field } from "../parts/field.js";

/**
 * @typedef {{ group: string, name: string, owner: string }} Successor
 * @typedef {{ allowed: boolean, days: number, due: number | null, groups: Successor[] }} Deletion
 * @typedef {{ app: boolean, passkeys: number, codes: number }} Factors
 * @typedef {{ email: string, confirmed: boolean, password: boolean, mail: boolean, contact: string, exports: boolean, factors: Factors | null, deletion: Deletion }} Account
 * @typedef {{ id: string, kind: "browser" | "apps", current: boolean, browser: string, system: string, address: string, time: number | null, devices?: string[] }} Login
 * @typedef {{ state: string, asked: number | null, expires: number | null, size: number | null, failure: string }} Export
 */

const AGAIN = 5000;
const MEGABYTE = 1024 * 1024;

export function AccountPart() {
  const [account, setAccount] = useState(/** @type {Account | null} */ (null));
  const load = () => call("GET", "me/account").then(setAccount).catch(complain);
  useEffect(() => void load(), []);
  if (!account) return html`<p class="field-hint" role="status">${t("Loading…")}</p>`;
  return html`
    <${SecuritySection} account=${account} />
    <${LoginSection} />
    ${account.exports && html`<${DataSection} />`}
    ${(account.deletion.allowed || account.deletion.due) && html`<${DeletionSection} account=${account} onChange=${load} />`}
  `;
}

/** @param {{ title: string, children?: any }} props */
function Section({ title, children }) {
  const id = useId();
  return html`<section class="account-section" aria-labelledby=${id}><h3 id=${id}>${title}</h3>${children}</section>`;
}

/** @param {{ account: Account }} props */
function SecuritySection({ account: { email, confirmed, mail, contact, password, factors } }) {
  const { urls } = config;
  return html`
    <${Section} title=${t("Sign-in and security")}>
      <div class="account-security">
        <${Row} name=${t("Password")} text=${password ? "" : t("None: another service signs you in.")}>
          ${password && html`<a class="button" href=${urls.password}>${t("Change password")}</a>`}
        <//>
        <${Row} name=${t("Mail address")} text=${email ? html`<bdi>${email}</bdi> · ${confirmed ? t("Confirmed") : t("Not confirmed")}` : t("None")}>
          ${mail && html`<a class="button" href=${urls.email}>${email ? t("Change mail address") : t("Add mail address")}</a>`}
        <//>
        ${factors && html`<${FactorRows} factors=${factors} />`}
      </div>
      ${!mail && html`<p class="field-hint">${t("This server sends no mail, so a forgotten password can't be reset by mail.")} ${contact && t("For help: {contact}", { contact })}</p>`}
    <//>
  `;
}

/** @param {{ factors: Factors }} props */
function FactorRows({ factors: { app, passkeys, codes } }) {
  const isSet = app || passkeys > 0;
  const parts = [app && t("Authenticator app"), passkeys > 0 && counted(passkeys, "1 passkey", "{count} passkeys"), isSet && counted(codes, "1 recovery code left", "{count} recovery codes left")];
  return html`
    <${Row} name=${t("Two-factor authentication and passkeys")} text=${isSet ? parts.filter(Boolean).join(" · ") : t("Off")}>
      <a class="button" href=${config.urls.factors}>${isSet ? t("Manage") : t("Set up")}</a>
    <//>
  `;
}

/** @param {{ name: string, text: any, children?: any }} props */
const Row = ({ name, text, children }) => html`
  <div class="account-login">
    <div class="account-login-who"><strong>${name}</strong>${text && html`<span class="field-hint">${text}</span>`}</div>
    ${children}
  </div>
`;

function LoginSection() {
  const [logins, setLogins] = useState(/** @type {Login[] | null} */ (null));
  const load = () => call("GET", "me/logins").then(({ items }) => setLogins(items)).catch(complain);
  useEffect(() => void load(), []);
  const end = (/** @type {string} */ path) => call("DELETE", path).then(load).catch(complain);
  const others = logins?.filter((login) => !login.current).length;
  return html`
    <${Section} title=${t("Signed-in devices")}>
      <ul class="account-logins">
        ${logins?.map((login) => html`<${LoginRow} key=${login.id} login=${login} onEnd=${() => end(`me/logins/${login.id}`)} />`)}
      </ul>
      ${!!others && html`<${Sure} label=${t("Sign out all others")} question=${t("All other browsers and all apps must sign in again.")} onSure=${() => end("me/logins")} />`}
    <//>
  `;
}

/** @param {{ login: Login, onEnd: () => void }} props */
function LoginRow({ login, onEnd }) {
  const name = login.kind === "apps" ? t("Apps") : named(login);
  return html`
    <li class="account-login">
      <div class="account-login-who">
        <strong>${name}</strong>
        <span class="field-hint">${details(login).join(" · ")}</span>
      </div>
      ${login.current
        ? html`<span class="account-current">${t("This device")}</span>`
        : html`<button class="button" aria-label=${t("Sign out: {name}", { name })} onClick=${onEnd}>${t("Sign out")}</button>`}
    </li>
  `;
}

/** @param {Login} login */
function named({ browser, system }) {
  if (browser && system) return t("{browser} on {system}", { browser, system });
  return browser || system || t("A browser");
}

/** @param {Login} login */
function details(login) {
  if (login.kind === "apps") return [...(login.devices ?? []), t("They can only be signed out together.")];
  return [login.time === null ? "" : moment(login.time, language.value), login.address].filter(Boolean);
}

function DataSection() {
  const [copy, setCopy] = useState(/** @type {Export | null} */ (null));
  const load = () => call("GET", "me/export").then(setCopy).catch(complain);
  const isUnderWay = copy?.state === "waiting" || copy?.state === "making";
  useEffect(() => void load(), []);
  useEffect(() => {
    const timer = isUnderWay ? setTimeout(load, AGAIN) : 0;
    return () => clearTimeout(timer);
  }, [copy]);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const ask = () => call("POST", "me/export", { body: { zone } }).then(setCopy).catch(complain);
  return html`
    <${Section} title=${t("Your data")}>
      <p class="account-text">${t("A ZIP with your messages, files and settings, once a day.")}</p>
      <p class="field-hint" role="status">${copy && exportNote(copy)}</p>
      <div class="account-actions">
        ${copy?.state === "done" && html`<a class="button primary" href=${config.urls.my_data} download>${t("Download")}</a>`}
        ${copy && !isUnderWay && html`<button class="button" onClick=${ask}>${t("Get a copy")}</button>`}
      </div>
    <//>
  `;
}

/** @param {Export} copy */
function exportNote({ state, expires, size, failure }) {
  if (state === "waiting" && failure === "no_space") return t("The server is short of disk space. Your copy will be made when there is enough.");
  if (failure === "too_large") return t("Your copy is too large for this server. Ask its operator for it.");
  if (failure === "no_space") return t("The server is short of disk space. Try again tomorrow.");
  if (state === "failed") return t("The copy could not be made. Try again.");
  if (state === "done") return t("Ready: {size} MB. It is removed on {day}.", { size: megabytes(size), day: day(expires ?? 0, language.value) });
  return state === "none" ? "" : t("Your copy is being prepared. You can close this page.");
}

const megabytes = (/** @type {number | null} */ size) => Math.max(0.1, (size ?? 0) / MEGABYTE).toFixed(1);

/** @param {{ account: Account, onChange: () => void }} props */
function DeletionSection({ account, onChange }) {
  const { due, days, groups } = account.deletion;
  const keep = () => call("DELETE", "me/deletion").then(onChange).catch(complain);
  return html`
    <${Section} title=${t("Delete account")}>
      ${due
        ? html`
            <p class="account-text">${t("This account will be deleted on {day}.", { day: day(due, language.value) })}</p>
            <div class="account-actions"><button class="button primary" onClick=${keep}>${t("Keep my account")}</button></div>
          `
        : html`
            <p class="account-text">${t("After {days} days, everything that you wrote is deleted. Until then you can sign in and keep the account. You are signed out everywhere at once.", { days })}</p>
            ${groups.length > 0 && html`<ul class="account-groups">${groups.map((group) => html`<li key=${group.group}>${heir(group)}</li>`)}</ul>`}
            <${DeletionForm} hasPassword=${account.password} days=${days} />
          `}
    <//>
  `;
}

/** @param {Successor} group */
const heir = ({ name, owner }) =>
  owner ? t("{group}: {name} becomes the owner.", { group: name, name: nameOf(owner) }) : t("{group}: will be dissolved.", { group: name });

/** @param {{ hasPassword: boolean, days: number }} props */
function DeletionForm({ hasPassword, days }) {
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const leave = async () => {
    try {
      await call("DELETE", "me", { body: { password } });
      say(t("Your account will be deleted."));
      location.assign(config.urls.login);
    } catch (failed) {
      setError(/** @type {import("../../../client/failure.js").Failure} */ (failed).fields?.password ?? explained(failed));
    }
  };
  return html`
    <form class="account-form" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      ${hasPassword && html`<${Field} label=${t("Password")} type="password" value=${password} onInput=${setPassword} error=${error} autocomplete="current-password" />`}
      ${!hasPassword && error && html`<p class="field-error" role="alert">${error}</p>`}
      <${Sure} label=${t("Delete account")} question=${t("Delete your account in {days} days?", { days })} onSure=${leave} disabled=${hasPassword && !password} />
    </form>
  `;
}

/** A button that asks once more. @param {{ label: string, question: string, onSure: () => void, disabled?: boolean }} props */
function Sure({ label, question, onSure, disabled = false }) {
  const [isConfirming, setConfirming] = useState(false);
  const sure = () => {
    setConfirming(false);
    onSure();
  };
  if (!isConfirming) return html`<div class="account-actions"><button type="button" class="button danger" disabled=${disabled} onClick=${() => setConfirming(true)}>${label}</button></div>`;
  return html`
    <div class="account-sure" role="group" aria-label=${question}>
      <p class="account-text">${question}</p>
      <div class="account-actions">
        <button type="button" class="button" onClick=${() => setConfirming(false)} ref=${(/** @type {HTMLElement | null} */ button) => button?.focus()}>${t("Cancel")}</button>
        <button type="button" class="button danger" onClick=${sure}>${label}</button>
      </div>
    </div>
  `;
}
