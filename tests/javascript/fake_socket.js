// A server's end of connections, for tests of what connects.

/** Each connection that was opened, in order. @type {FakeSocket[]} */
export const opened = [];

export class FakeSocket {
  sent = [];
  isClosed = false;

  constructor(url, subprotocol) {
    Object.assign(this, { url, subprotocol });
    opened.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.isClosed = true;
  }

  /** The command that was sent last. */
  get last() {
    return this.sent.at(-1);
  }

  say(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  answer(ok) {
    this.say({ re: this.last.id, ok });
  }

  refuse(error) {
    this.say({ re: this.last.id, error });
  }

  break(code = 1006) {
    this.onclose?.({ code });
  }
}

export const WELCOME = {
  user: { userid: "alice", nickname: "Alice", avatar: "" },
  log: "log",
  head: 7,
  heartbeat: 30,
  limits: { frame: 1000, text: 500, recall: 120 },
  features: [],
};

globalThis.WebSocket = FakeSocket;
