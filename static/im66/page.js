// Puts the page together: the connection, the log, and the forms.

import { Connection } from "./connection.js";
import { liveForm, prefilled, switchable, values } from "./forms.js";
import * as groups from "./groups.js";
import { Log } from "./log.js";
import { build, explain, extensionOf, verbOf } from "./protocol.js";

const TAGS = new Map([
  ["error", ["failed"]],
  ["heartbeat", ["heartbeat"]],
]);

const element = (id) => document.getElementById(id);

const connection = new Connection();
const log = new Log(element("entries"), element("scroller"), element("entry"));

const note = (text, ...tags) => log.add("note", text, { tags, measured: null });

function attempt(action) {
  try {
    action();
  } catch (error) {
    note(error.message, "failed");
  }
}

function send(frame) {
  attempt(() => {
    connection.send(frame);
    log.add("out", frame);
  });
}

function receive(frame) {
  log.add("in", frame, { tags: TAGS.get(verbOf(frame)), explained: explain(frame) });
}

async function ask(request) {
  log.add("out", groups.describe(request), { tags: ["http"], measured: null });
  try {
    const { status, body } = await groups.ask(request);
    answer(status, body);
  } catch (error) {
    note(`No reply to ${request.call}: ${error.message}`, "failed");
  }
}

function answer(status, body) {
  const reply = groups.read(body);
  const explained = reply === undefined ? null : { title: "decoded", value: reply };
  const tags = groups.succeeded(reply) ? ["http"] : ["http", "failed"];
  log.add("in", `HTTP ${status}\n\n${body}`, { tags, measured: body, explained });
}

function startConnectionForm() {
  const { address, toggle } = element("connection").elements;
  address.value = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/entry`;
  element("connection").addEventListener("submit", (event) => {
    event.preventDefault();
    if (connection.busy) connection.disconnect();
    else attempt(() => connection.connect(address.value));
  });
  connection.addEventListener("state", ({ detail }) => showState(detail, toggle));
  connection.addEventListener("frame", ({ detail }) => receive(detail));
}

function showState({ state, text }, toggle) {
  element("state").textContent = text;
  element("state").dataset.state = state;
  // One button for both ways, so that it keeps the keyboard's focus.
  toggle.textContent = connection.busy ? "Disconnect" : "Connect";
  note(`Connection: ${text}`);
}

function startVerbForms() {
  for (const form of document.querySelectorAll("form[data-verb]")) {
    const frame = build[form.dataset.verb];
    liveForm(form, frame, (values) => send(frame(values)));
  }
}

function startExtension() {
  const verbForm = (verb) => document.querySelector(`form[data-verb="${verb}"]`);
  const [login, message] = [verbForm("login"), verbForm("message")];
  prefilled(message.elements.extension, [login, message], () =>
    extensionOf({ ...values(message), userid: values(login).userid }),
  );
}

function startCallForms() {
  const login = document.querySelector('form[data-verb="login"]');
  const token = () => groups.withToken(values(login).token);
  for (const form of document.querySelectorAll("form[data-call]")) {
    const request = ({ method, ...parameters }) => ({
      call: form.dataset.call,
      method,
      parameters: { ...parameters, ...token() },
    });
    switchable(form);
    login.addEventListener("input", () => form.dispatchEvent(new Event("input")));
    liveForm(form, (values) => groups.describe(request(values)), (values) => ask(request(values)));
  }
}

function startLog() {
  element("clear").addEventListener("click", () => log.clear());
  log.addEventListener("change", ({ detail }) => {
    // One line has no room for more, and a frame may be as long as a book.
    element("latest").textContent = detail.latest.slice(0, 200) || "empty";
  });
}

startConnectionForm();
startVerbForms();
startExtension();
startCallForms();
startLog();
