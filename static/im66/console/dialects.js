// The two dialects by their names in the page.

import * as colours from "./colours.js";
import * as json from "./json.js";
import * as legacy from "./legacy.js";

/**
 * `tokens(frame, isReceived)`: the frame in its colours. `escape`: how a frame stands on one line of a script,
 * and `unescape` back: JSON has a way of its own to write newlines.
 */
export const DIALECTS = {
  legacy: {
    ...legacy,
    tokens: colours.ofLegacy,
    escape: (frame) => frame.replaceAll("\n", "↵"),
    unescape: (line) => line.replaceAll("↵", "\n"),
  },
  json: {
    ...json,
    tokens: colours.ofJson,
    escape: (frame) => frame.replaceAll("\n", " "),
    unescape: (line) => line,
  },
};
