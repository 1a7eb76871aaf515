// What a box that names people does with what is written in it.

import { useEffect, useState } from "../../html.js";
import { candidates, indexOf, peopleLike } from "../../state/people_search.js";
import { explained } from "../../state/toasts.js";
import { t } from "../../text/words.js";

/** @typedef {import("../../state/people_search.js").Profile} Profile */
/** @typedef {{ q: string, people: Profile[] }} Found */

const PAUSE_MS = 250;

/** @param {{ without: string[], onChoose: (person: Profile) => void }} options   `without`: userids that are not offered */
export function usePicking({ without, onChoose }) {
  const [text, setText] = useState("");
  const [failure, setFailure] = useState("");
  const [active, setActive] = useState(-1);
  const q = text.trim();
  const [found, setFound] = useFound(q);
  const people = candidates(q, found.people, without);
  // Unless the arrow keys have said otherwise, whoever is called just so.
  const at = Math.min(active < 0 ? Math.max(0, indexOf(q, people)) : active, people.length - 1);
  const write = (/** @type {string} */ value) => {
    setText(value);
    setFailure("");
    setActive(-1);
  };
  const choose = (/** @type {Profile} */ person) => {
    write("");
    onChoose(person);
  };
  const pick = async () => {
    try {
      const meant = found.q === q ? people[at] : await ask();
      if (meant) choose(meant);
    } catch (failed) {
      setFailure(explained(failed));
    }
  };
  // Nothing is shown for this text yet, so only somebody who must be meant is.
  const ask = async () => {
    const answer = { q, people: await peopleLike(q) };
    setFound(answer);
    const all = candidates(q, answer.people, without);
    return all.length === 1 ? all[0] : all[indexOf(q, all)];
  };
  const isNobody = q !== "" && found.q === q && people.length === 0;
  return { text, people, at, failure: failure || (isNobody ? nobody() : ""), q, write, choose, pick, move: setActive };
}

const nobody = () => t("There is nobody with this name or user ID.");

/**
 * Who is called like this, a moment after it was written.
 *
 * @param {string} q
 * @returns {[Found, (found: Found) => void]}
 */
function useFound(q) {
  const [found, setFound] = useState(/** @type {Found} */ ({ q: "", people: [] }));
  useEffect(() => {
    if (!q) return setFound({ q, people: [] });
    const asking = new AbortController();
    const ask = async () => {
      const people = await peopleLike(q, asking.signal);
      if (!asking.signal.aborted) setFound({ q, people });
    };
    const timer = setTimeout(() => void ask().catch(() => undefined), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [q]);
  return [found, setFound];
}
