// One WebSocket at a time. Its events say what happens.

const MEANINGS = {
  1000: "normal end",
  1001: "going away",
  1005: "no code given",
  1006: "lost without a goodbye",
  1009: "frame too large",
  1011: "server error",
  1012: "service restart",
  4401: "not proven, or no longer",
  4403: "account locked",
  4408: "no login in time",
  4409: "too many connections",
  4413: "frame too large",
  4429: "the address opens too many connections",
};

/** Tells of `state` (detail: `{ state, text }`) and of each received `frame` (detail: the text). */
export class Connection extends EventTarget {
  #socket = null;

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Whether there is a socket, or one on its way. */
  get busy() {
    return this.#socket !== null;
  }

  /** Throws what WebSocket throws for an address it cannot use. */
  connect(address, subprotocols) {
    const socket = new WebSocket(address, subprotocols);
    this.#socket = socket;
    this.#notify("connecting", "connecting …");
    socket.addEventListener("open", () => this.#notify("open", "open"));
    socket.addEventListener("message", ({ data }) => this.#emit("frame", data));
    socket.addEventListener("close", (event) => this.#closed(event));
  }

  /** Throws when there is nothing open to send on. */
  send(frame) {
    if (!this.open) throw new Error("Not connected: nothing was sent.");
    this.#socket.send(frame);
  }

  disconnect() {
    this.#socket?.close(1000);
  }

  #closed({ code, reason }) {
    this.#socket = null;
    const meaning = MEANINGS[code] ? ` (${MEANINGS[code]})` : "";
    this.#notify("closed", `closed, code ${code}${meaning}, ${reason ? `reason: ${reason}` : "no reason given"}`);
  }

  #notify(state, text) {
    this.#emit("state", { state, text });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
