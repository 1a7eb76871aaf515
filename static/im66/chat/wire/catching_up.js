// The events since one that was dealt with earlier, on a connection of their own.

import { Failure, disconnected } from "../../client/failure.js";
import { SUBPROTOCOL, Socket } from "../../client/socket.js";
import { claim } from "./credentials.js";
import { address } from "./line.js";

/** @typedef {import("../types.js").ServerEvent} ServerEvent */

const SECONDS = 30;
// Reading what is kept anew costs less.
const MAX_EVENTS = 3000;

/**
 * Ends with null if the server cannot say what came since, or that is too much. Raises Failure.
 *
 * @param {number} since
 * @param {string} log   of which the id is
 * @returns {Promise<ServerEvent[] | null>}
 */
export function eventsSince(since, log) {
  /** @type {ServerEvent[]} */
  const events = [];
  return new Promise((resolve, reject) => {
    const end = (/** @type {() => void} */ settle) => {
      clearTimeout(timer);
      settle();
      socket.stop();
    };
    const fail = () => end(() => reject(disconnected()));
    const socket = new Socket({
      open: () => new WebSocket(address(), SUBPROTOCOL),
      hello: () => ({ ...claim(), since, log }),
      onWelcome: () => {},
      onEvent: (event) => {
        events.push(event);
        if (event.ev === "gap" || events.length > MAX_EVENTS) end(() => resolve(null));
        else if (event.ev === "caught_up") end(() => resolve(events));
      },
      onState: (state) => {
        if (state === "away") fail();
        if (state === "ended") end(() => reject(new Failure("log_in_first", "The session has ended.")));
      },
    });
    const timer = setTimeout(fail, SECONDS * 1000);
    socket.start();
  });
}
