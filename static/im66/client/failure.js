// What went wrong with a command or a call. Errors are told apart by their names, which are those of docs/json.md.

export class Failure extends Error {
  /**
   * @param {string} name   "disconnected" if no answer came: it is not known whether it was done
   * @param {string} reason   for people, in English
   * @param {{ code?: number, retry?: number, why?: string, fields?: Record<string, string> }} [more]   `retry`: seconds; `why`: what
   *   else there is to tell apart
   */
  constructor(name, reason, { code = 0, retry = 0, why = "", fields = {} } = {}) {
    super(reason);
    this.name = name;
    this.code = code;
    this.retry = retry;
    this.why = why;
    this.fields = fields;
  }

  /** Whether the same may succeed later. */
  get isPassing() {
    return ["disconnected", "too_fast", "try_again"].includes(this.name);
  }
}

/** @param {any} error   as the server tells it */
export const failureOf = (error) => new Failure(error.name, error.reason ?? "", error);

export const disconnected = () => new Failure("disconnected", "The server cannot be reached.");
