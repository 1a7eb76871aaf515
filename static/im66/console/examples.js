// The examples that forms are filled in with. They follow what happens, until somebody writes into the field.

import { kinds } from "./kinds.js";

/** A content of this kind. */
export const contentOf = (kind) => kinds[kind].example.replace("{origin}", location.origin);

/** A script that begins with this login. */
export const SCRIPTS = {
  legacy: (login) => [
    login,
    "# wait 500",
    "text_bob_Hello, Bob._unicast_",
    "records_bob_0",
    "# until records",
    "members_1",
  ],
  json: (login) => [
    login,
    '# until "re":',
    '{"id": "a", "cmd": "typing", "to": "u:bob"}',
    "# wait 500",
    '{"id": "b", "cmd": "send", "to": "u:bob", "kind": "text", "content": "Hello, Bob."}',
    '# until "re":"b"',
    '{"id": "c", "cmd": "presence", "users": ["bob"]}',
  ],
};

/** Fills in `fields` that follow the ids and conversations of received frames. */
export class Followers {
  #fields;
  #shown = new Map();

  constructor(fields) {
    this.#fields = fields;
  }

  /** `frame`: what came in, as an object of the JSON dialect. */
  hear({ ok, ev, id, conversation }) {
    if (ok?.time !== undefined) this.#fill("sent", ok.id);
    if (ev === "message") this.#fill("received", id);
    if (ev === "message") this.#fill("conversation", conversation);
    this.#fill("seen", id ?? ok?.id);
  }

  #fill(what, value) {
    if (value === undefined) return;
    for (const field of this.#fields.filter(({ dataset }) => dataset.follows === what)) {
      if (field.value !== (this.#shown.get(field) ?? field.defaultValue)) continue;
      field.value = value;
      this.#shown.set(field, field.value);
      field.form.dispatchEvent(new Event("input"));
    }
  }
}
