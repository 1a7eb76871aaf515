// What a box that names people does with what is written in it.

import { useEffect, useState } from "../../html.js";
import { explained } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { config } from "../../config.js";
import { isUserid } from "../../text/userids.js";
import { hasAll, wordsOf } from "../../text/finding.js";
import { call } from "../../wire/api.js";
import { peers } from "../../state/conversations.js";
import { learn, person } from "../../state/people.js";

/** @typedef {import("../../types.js").Profile & { isNew?: boolean }} Profile   `isNew`: nobody has had this userid so far */
/** @typedef {{ q: string, people: Profile[] }} Matches */

const PAUSE_MS = 250;
const MAX_OFFERED = 30;

/** @param {{ without: string[], onChoose: (person: Profile) => void }} options   `without`: userids that are not offered */
export function usePicking({ without, onChoose }) {
  const [text, setText] = useState("");
  const [failure, setFailure] = useState("");
  const [active, setActive] = useState(-1);
  const q = text.trim();
  const [matches, setMatches] = useMatches(q);
  const people = candidates(q, matches.people, without);
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
      const meant = matches.q === q ? people[at] : await ask();
      if (meant) choose(meant);
    } catch (failed) {
      setFailure(explained(failed));
    }
  };
  // Nothing is shown for this text yet, so only somebody who must be meant is.
  const ask = async () => {
    const answer = { q, people: await peopleLike(q) };
    setMatches(answer);
    const all = candidates(q, answer.people, without);
    return all.length === 1 ? all[0] : all[indexOf(q, all)];
  };
  const isNobody = q !== "" && matches.q === q && people.length === 0;
  return { text, people, at, failure: failure || (isNobody ? nobody() : ""), q, write, choose, pick, move: setActive };
}

/** Who is called like this, as the server finds them. @param {string} q */
export const usePeople = (q) => useMatches(q.trim())[0].people;

const nobody = () => t("Nobody has this name or user ID.");

/**
 * Who is called like this, a moment after it was written.
 *
 * @param {string} q
 * @returns {[Matches, (matches: Matches) => void]}
 */
function useMatches(q) {
  const [matches, setMatches] = useState(/** @type {Matches} */ ({ q: "", people: [] }));
  useEffect(() => {
    if (!q) return setMatches({ q, people: [] });
    const asking = new AbortController();
    const ask = async () => {
      const people = await peopleLike(q, asking.signal);
      if (!asking.signal.aborted) setMatches({ q, people });
    };
    const timer = setTimeout(() => void ask().catch(() => undefined), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [q]);
  return [matches, setMatches];
}

/** Raises Failure. @param {string} q @param {AbortSignal} [signal] @returns {Promise<Profile[]>} */
async function peopleLike(q, signal) {
  const { items } = await call("GET", "users", { query: { q }, signal });
  items.forEach(learn);
  return items;
}

/**
 * Those one knows first. In open mode a userid that nobody has had so far stands for somebody, too.
 *
 * @param {string} q
 * @param {Profile[]} matches   by the server
 * @param {string[]} without   userids
 */
function candidates(q, matches, without) {
  const words = wordsOf(q);
  const known = peers.value.map((userid) => person(userid).value);
  const named = known.filter(({ nickname, userid }) => hasAll(`${nickname} ${userid}`, words));
  const all = [...named, ...matches, ...newcomer(q, [...named, ...matches])];
  const byId = new Map(all.map((one) => [one.userid, one]));
  for (const userid of without) byId.delete(userid);
  return [...byId.values()].slice(0, MAX_OFFERED);
}

/** Where the one stands whose userid or name this is; -1 if there is none. @param {string} q @param {Profile[]} people */
function indexOf(q, people) {
  const at = people.findIndex(({ userid, isNew }) => userid === q && !isNew);
  return at < 0 ? people.findIndex(({ nickname }) => nickname === q) : at;
}

/** @param {string} q @param {Profile[]} people @returns {Profile[]} */
function newcomer(q, people) {
  if (config.mode !== "open" || !isUserid(q) || people.some(({ userid }) => userid === q)) return [];
  return [{ userid: q, nickname: "", avatar: "", isNew: true }];
}
