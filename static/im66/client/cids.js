// Names for messages, under which the server stores each once.

// The time first: the server finds such names faster. Then as much chance as keeps them apart.
export const newCid = () =>
  [Date.now(), ...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("-");
