// The forms of verbs and commands: each makes a frame.

import { contentOf, Followers } from "./examples.js";
import { fields, liveForm, prefilled, refresh, values } from "./forms.js";
import * as json from "./json.js";
import * as legacy from "./legacy.js";

const verb = (name) => document.querySelector(`form[data-verb="${name}"]`);
const command = (name) => document.querySelector(`form[data-command="${name}"]`);
const all = (selector) => [...document.querySelectorAll(selector)];

/**
 * `send(frame)` is called when a form is sent. Tells who `signIn(dialect)` is going to be: the values of that
 * form, and the frame; and has to `hear` what comes in.
 */
export function startFrames({ send }) {
  startVerbs(send);
  startExamples();
  startCommands(send);
  const followers = new Followers(all("[data-follows]"));
  return {
    signIn,
    hear: (frame, dialect) => dialect === "json" && followers.hear(json.read(frame)),
  };
}

function signIn(dialect) {
  const form = signInForm(dialect);
  const frame = dialect === "json" ? json.build("hello", 1, fields(form)) : legacy.build.login(values(form));
  return { form, frame, ...values(form) };
}

export const signInForm = (dialect) => (dialect === "json" ? command("hello") : verb("login"));

function startVerbs(send) {
  for (const form of all("form[data-verb]")) {
    const frame = () => legacy.build[form.dataset.verb](values(form));
    liveForm(form, frame, () => send(frame()));
  }
}

function startExamples() {
  const [login, message, sending] = [verb("login"), verb("message"), command("send")];
  prefilled(message.elements.extension, [login, message], () =>
    legacy.extensionOf({ ...values(message), userid: values(login).userid }),
  );
  for (const form of [message, sending]) {
    prefilled(form.elements.content, [form], () => contentOf(form.elements.kind.value));
    refresh(form);
  }
}

function startCommands(send) {
  let id = 1;
  const forms = all("form[data-command]");
  for (const form of forms) {
    const frame = () => json.build(form.dataset.command, id, fields(form));
    liveForm(form, frame, () => {
      send(frame());
      id += 1;
      forms.forEach(refresh);
    });
  }
}
