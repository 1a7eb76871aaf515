// Above the box: the members of the group whose names begin as what is written after an @.

import { html, useEffect, useState } from "../../html.js";
import { conversations } from "../../state/conversations.js";
import { group, nameIn } from "../../state/groups.js";
import { me } from "../../state/session.js";
import { peerOf } from "../../text/conversation_ids.js";
import { hasAll, wordsOf } from "../../text/finding.js";
import { t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { Avatar } from "../parts/avatar.js";

const MOST = 8;
const PAUSE_MS = 200;

/** @typedef {{ name: string, userid: string, avatar: string }} Choice */

/** @param {{ conversation: string, q: string, box: HTMLTextAreaElement, onChoose: (choice: Choice) => void, onClose: () => void }} props */
export function MentionList({ conversation, q, box, onChoose, onClose }) {
  const [at, setAt] = useState(0);
  const like = usePeopleLike(q);
  const choices = choicesFor(conversation, q, like);
  const now = Math.min(at, choices.length - 1);
  useEffect(() => setAt(0), [q]);
  useEffect(() => {
    if (choices.length === 0) return;
    const press = (/** @type {KeyboardEvent} */ event) => {
      /** @type {Record<string, () => void>} */
      const keys = {
        ArrowDown: () => setAt((now + 1) % choices.length),
        ArrowUp: () => setAt((now + choices.length - 1) % choices.length),
        Enter: () => onChoose(choices[now]),
        Tab: () => onChoose(choices[now]),
        Escape: onClose,
      };
      if (event.isComposing || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      keys[event.key]();
    };
    box.addEventListener("keydown", press, true);
    return () => box.removeEventListener("keydown", press, true);
  });
  if (choices.length === 0) return null;
  return html`
    <ul class="mention-list" role="listbox" aria-label=${t("Mention")}>
      ${choices.map(
        (choice, index) => html`
          <li key=${choice.userid} role="option" aria-selected=${index === now} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => onChoose(choice)}>
            <${Avatar} src=${choice.avatar} name=${choice.name} id=${choice.userid} size="small" />
            <bdi>${choice.userid === "*" ? t("All members") : choice.name}</bdi>
          </li>
        `,
      )}
    </ul>
  `;
}

/** @param {string} conversation @param {string} q @param {ReadonlySet<string>} like @returns {Choice[]} */
function choicesFor(conversation, q, like) {
  const words = wordsOf(q);
  const members = group(peerOf(conversation)).value?.members ?? [];
  const found = members
    .filter(({ userid }) => userid !== me.value)
    // All members read the text, so it does not have the name that only the user sees.
    .map(({ userid, avatar, nickname, group_nickname }) => ({ userid, avatar, name: group_nickname || nickname || userid }))
    .filter(({ name, userid }) => like.has(userid) || hasAll(`${name} ${nameIn(conversation, userid)} ${userid}`, words));
  const isManager = ["owner", "admin"].includes(conversations.value.get(conversation)?.role ?? "");
  const all = t("all");
  const everybody = isManager && hasAll(`${all} all`, words) ? [{ userid: "*", avatar: "", name: all }] : [];
  return [...everybody, ...found].slice(0, MOST);
}

/** Whom the server finds, by pinyin too. @param {string} q @returns {ReadonlySet<string>} */
function usePeopleLike(q) {
  const [found, setFound] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  useEffect(() => {
    setFound(new Set());
    if (!/^[a-z]+$/i.test(q)) return;
    const asking = new AbortController();
    const ask = async () => {
      const { items } = await call("GET", "users", { query: { q }, signal: asking.signal });
      setFound(new Set(items.map((/** @type {{ userid: string }} */ { userid }) => userid)));
    };
    const timer = setTimeout(() => void ask().catch(() => undefined), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [q]);
  return found;
}
