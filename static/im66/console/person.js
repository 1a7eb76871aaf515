// Who is logged in on the connection, as far as frames tell.

import { read } from "./json.js";
import { verbOf } from "./legacy.js";

const NOBODY = "nobody";

/** The shipped apps' dialect: a login that succeeds gets no answer, so it counts until an error comes. */
class LegacyPerson {
  #name = NOBODY;
  #isLoginSent = false;

  get name() {
    return this.#name;
  }

  sent(frame) {
    const verb = verbOf(frame);
    this.#isLoginSent = verb === "login";
    if (verb === "login") this.#name = frame.split("_")[1] || NOBODY;
    if (verb === "logout") this.#name = NOBODY;
  }

  received(frame) {
    if (verbOf(frame) !== "error") return;
    if (this.#isLoginSent || frame.startsWith("error_401_")) this.#name = NOBODY;
  }
}

/** The JSON dialect: the answer to `hello` says who it is. */
class JsonPerson {
  #name = NOBODY;

  get name() {
    return this.#name;
  }

  sent() {}

  received(frame) {
    const { ok } = read(frame);
    if (!ok?.user) return;
    const { userid, nickname } = ok.user;
    this.#name = nickname && nickname !== userid ? `${userid} (${nickname})` : userid;
  }
}

/** Somebody who is not logged in yet. Told of each frame that is `sent` or `received`; `name` says who it is. */
export const newPerson = (dialect) => (dialect === "json" ? new JsonPerson() : new LegacyPerson());
