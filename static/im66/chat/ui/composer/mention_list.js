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
import { BotBadge } from "../parts/bot_badge.js";
import { ChoiceList } from "./choice_list.js";

const MOST = 8;
const PAUSE_MS = 200;

/** @typedef {{ name: string, userid: string, avatar: string, bot?: boolean }} Choice */

/** @param {{ conversation: string, q: string, box: HTMLTextAreaElement, onChoose: (choice: Choice) => void, onClose: () => void }} props */
export function MentionList({ conversation, q, box, onChoose, onClose }) {
  const like = usePeopleLike(q);
  const choices = choicesFor(conversation, q, like);
  const draw = (/** @type {Choice} */ { userid, name, avatar, bot }) => html`
    <${Avatar} src=${avatar} name=${name} id=${userid} size="small" />
    <bdi>${userid === "*" ? t("All members") : name}</bdi>
    <${BotBadge} is=${bot} />
  `;
  return html`<${ChoiceList} label=${t("Mention")} q=${q} choices=${choices} keyOf=${(/** @type {Choice} */ { userid }) => userid} draw=${draw} box=${box} onChoose=${onChoose} onClose=${onClose} />`;
}

/** @param {string} conversation @param {string} q @param {ReadonlySet<string>} like @returns {Choice[]} */
function choicesFor(conversation, q, like) {
  const words = wordsOf(q);
  const members = group(peerOf(conversation)).value?.members ?? [];
  const matches = members
    .filter(({ userid }) => userid !== me.value)
    // All members read the text, so it does not have the name that only the user sees.
    .map(({ userid, avatar, nickname, group_nickname, bot }) => ({ userid, avatar, bot, name: group_nickname || nickname || userid }))
    .filter(({ name, userid }) => like.has(userid) || hasAll(`${name} ${nameIn(conversation, userid)} ${userid}`, words));
  const isManager = ["owner", "admin"].includes(conversations.value.get(conversation)?.role ?? "");
  const all = t("all");
  const everybody = isManager && hasAll(`${all} all`, words) ? [{ userid: "*", avatar: "", name: all }] : [];
  return [...everybody, ...matches].slice(0, MOST);
}

/** Whom the server finds, by pinyin too. @param {string} q @returns {ReadonlySet<string>} */
function usePeopleLike(q) {
  const [matchingIds, setMatchingIds] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  useEffect(() => {
    setMatchingIds(new Set());
    if (!/^[a-z]+$/i.test(q)) return;
    const asking = new AbortController();
    const ask = async () => {
      const { items } = await call("GET", "users", { query: { q }, signal: asking.signal });
      setMatchingIds(new Set(items.map((/** @type {{ userid: string }} */ { userid }) => userid)));
    };
    const timer = setTimeout(() => void ask().catch(() => undefined), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [q]);
  return matchingIds;
}
