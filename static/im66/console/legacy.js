// The shipped apps' dialect. Frames as text: built from fields, and taken apart to be explained. Touches
// neither page nor socket.

/** A received message, with a group for each of its fields. */
export const RECEIVED = /^([a-z]+)_([^_]+)_(.*)_(unicast|group)_([^_]+)_(\d+)_(.*)$/s;

export const SUBPROTOCOLS = [];

// Left out at a frame's end when empty: `login_alice`, not `login_alice_`.
const optional = (field) => (field ? [field] : []);

const frame = (...fields) => fields.join("_");

/** The frame for each verb's form, from the values of its fields, taken as they are: wrong ones too. */
export const build = {
  login: ({ userid, token }) => frame("login", userid, ...optional(token)),
  logout: ({ userid }) => frame("logout", userid),
  message: ({ kind, to, content, type, extension }) => frame(kind, to, content, type, extension),
  members: ({ groupid }) => frame("members", groupid),
  records: ({ id, timet, type }) => frame("records", id, timet, ...optional(type)),
  raw: ({ frame }) => frame,
};

/** The extension that the shipped apps send: names for the one who receives. Empty without a sender. */
export function extensionOf({ userid, to, type }) {
  if (!userid) return "";
  const names = {
    sender: userid,
    senderID: userid,
    senderAvartar: null,
    conversation: type === "group" ? to : userid,
    conversationAvartar: null,
  };
  return pack(names);
}

/** What stands before the first underscore. */
export const verbOf = (frame) => frame.split("_", 1)[0];

/** What a received frame is besides: failed, heartbeat. */
export function tagsOf(frame) {
  const tags = { error: ["failed"], heartbeat: ["heartbeat"] };
  return tags[verbOf(frame)] ?? [];
}

/** What a received frame says, as `{ title, value }`; null where the frame itself says it all. */
export function explain(frame) {
  const verb = verbOf(frame);
  if (verb === "members" || verb === "records") return explainAnswer(frame);
  return explainMessage(frame);
}

function explainAnswer(frame) {
  const value = unpack(frame.split("_")[2]);
  return value === undefined ? null : { title: "decoded", value };
}

function explainMessage(frame) {
  const match = RECEIVED.exec(frame);
  if (!match) return null;
  const [, kind, from, content, type, fromgroup, timet, extension] = match;
  const value = { kind, from, content, type, fromgroup, timet: Number(timet), extension };
  return { title: "fields", value: { ...value, extension: unpack(extension) ?? extension } };
}

/** Base64 of the JSON of `value`. */
function pack(value) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The JSON in Base64 `text`; undefined where there is none. */
function unpack(text = "") {
  try {
    // Shipped clients break their Base64 into lines; atob ignores white space.
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
