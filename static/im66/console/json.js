// The dialect im66.json.v1: one text frame is one JSON object. Touches neither page nor socket.

export const SUBPROTOCOLS = ["im66.json.v1"];

const SHORT = 120;

/** The values of fields by their types. What cannot be one stays a text: wrong frames can be sent, too. */
const readers = {
  text: (value) => value,
  number: (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value),
  boolean: (value) => value === "true",
  object: (value) => (Object.keys(read(value)).length ? read(value) : value),
  list: (value) => value.split(",").map((part) => part.trim()).filter(Boolean),
  numbers: (value) => value.split(",").map((part) => Number(part)),
};

/** The frame of a command, from its fields (`{ name, value, type }`). Those that are empty are left out. */
export function build(cmd, id, fields) {
  if (cmd === "raw") return fields[0].value;
  const filled = fields.filter(({ value }) => value !== "");
  const values = filled.map(({ name, value, type }) => [name, readers[type](value)]);
  return JSON.stringify({ id, cmd, ...Object.fromEntries(values) });
}

/** The object in a frame; empty where there is none. */
export function read(frame) {
  try {
    return Object(JSON.parse(frame));
  } catch {
    return {};
  }
}

/** What a received frame is besides: failed, heartbeat. */
export function tagsOf(frame) {
  const { error, ev } = read(frame);
  if (error) return ["failed"];
  return ev === "heartbeat" ? ["heartbeat"] : [];
}

/**
 * The same frame on more lines, as `{ title, value }`; null where it is short enough to be read as it is. The title says
 * if it is a message of none of these `kinds`.
 */
export function explain(frame, kinds) {
  const value = read(frame);
  if (value.ev === "message" && !Object.hasOwn(kinds, value.kind)) return { title: `${value.kind}: ${kinds[""].en}`, value };
  return frame.length > SHORT ? { title: "indented", value } : null;
}
