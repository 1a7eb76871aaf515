// The forms of calls over HTTP: group calls, uploads, and the API.

import { ofHttp } from "./colours.js";
import { liveForm, refresh, switchable, values } from "./forms.js";
import { signInForm } from "./frames.js";
import * as http from "./http.js";

const all = (selector) => [...document.querySelectorAll(selector)];

/** `signIn()`: who calls, `{ userid, token }`. The forms, which are to be refreshed when that changes. */
export function startCalls({ log, note, signIn }) {
  const start = (form, request) =>
    liveForm(form, () => http.describe(request(form)), () => ask(request(form), log, note));
  const forms = [
    ...startGroupCalls(start, signIn),
    ...startUploads(start, signIn),
    ...startRequest(start, signIn),
  ];
  for (const signInForm of signInForms()) {
    signInForm.addEventListener("input", () => forms.forEach(refresh));
  }
  return forms;
}

const signInForms = () => [signInForm("legacy"), signInForm("json")];

function startGroupCalls(start, signIn) {
  const request = (form) => {
    const { method, ...parameters } = values(form);
    return http.groupCall(form.dataset.call, method, parameters, signIn().token);
  };
  const forms = all("form[data-call]");
  for (const form of forms) {
    switchable(form);
    start(form, request);
  }
  return forms;
}

function startUploads(start, signIn) {
  const request = (form) => {
    const [path, file] = [form.dataset.path, form.elements.file.files[0]];
    if (path.startsWith("/api/")) return http.upload(path, file, proof(signIn()));
    return http.legacyUpload(path, { fields: values(form), file }, signIn().token);
  };
  const forms = all("form[data-upload]");
  for (const form of forms) start(form, request);
  return forms;
}

function startRequest(start, signIn) {
  const form = document.getElementById("request");
  form.elements.example.addEventListener("input", () => fillIn(form));
  fillIn(form);
  start(form, () => http.apiCall(values(form), proof(signIn())));
  return [form];
}

function fillIn({ elements }) {
  const { method, path, body } = elements.example.selectedOptions[0].dataset;
  elements.method.value = method;
  elements.path.value = path;
  elements.body.value = body;
}

function proof({ userid, token }) {
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  return http.proof({ isOpen: document.body.dataset.mode === "open", userid, token, csrf });
}

async function ask(request, log, note) {
  const text = http.describe(request);
  log.add("out", text, { tags: ["http"], measured: null, tokens: ofHttp(text) });
  try {
    answer(request, await http.ask(request), log);
  } catch (error) {
    note(`No reply to ${request.method} ${request.path}: ${error.message}`, "failed");
  }
}

function answer(request, { status, body }, log) {
  const reply = http.read(body);
  const explained = reply === undefined ? null : { title: "decoded", value: reply };
  const tags = http.succeeded(request, status, reply) ? ["http"] : ["http", "failed"];
  const text = `HTTP ${status}\n\n${body}`;
  log.add("in", text, { tags, measured: body, explained, tokens: ofHttp(text) });
}
