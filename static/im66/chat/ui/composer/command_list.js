// Above the box: the commands of the bots in the conversation that begin as what is written after a /.

import { html, useEffect, useState } from "../../html.js";
import { nameIn } from "../../state/groups.js";
import { t } from "../../text/words.js";
import { call, part } from "../../wire/api.js";
import { ChoiceList } from "./choice_list.js";

const MOST = 8;
const FRESH_MS = 30_000;

/** @typedef {{ bot: string, name: string, description: string }} Command */

/** By conversation. @type {Map<string, { at: number, items: Command[] }>} */
const known = new Map();

/** @param {{ conversation: string, q: string, box: HTMLTextAreaElement, onChoose: (choice: Command) => void, onClose: () => void }} props */
export function CommandList({ conversation, q, box, onChoose, onClose }) {
  const commands = useCommands(conversation);
  const choices = commands.filter(({ name }) => name.toLowerCase().startsWith(q.toLowerCase())).slice(0, MOST);
  const areSeveral = new Set(commands.map(({ bot }) => bot)).size > 1;
  const draw = (/** @type {Command} */ { bot, name, description }) => html`
    <bdi class="choice-command">/${name}</bdi>
    <bdi>${description}</bdi>
    ${areSeveral && html`<small dir="auto">${nameIn(conversation, bot)}</small>`}
  `;
  return html`<${ChoiceList} label=${t("Commands")} q=${q} choices=${choices} keyOf=${(/** @type {Command} */ { bot, name }) => `${bot}/${name}`} draw=${draw} box=${box} onChoose=${onChoose} onClose=${onClose} />`;
}

/** @param {string} conversation @returns {Command[]} */
function useCommands(conversation) {
  const [items, setItems] = useState(known.get(conversation)?.items ?? []);
  useEffect(() => {
    const existing = known.get(conversation);
    setItems(existing?.items ?? []);
    if (existing && performance.now() < existing.at + FRESH_MS) return;
    const asking = new AbortController();
    const ask = async () => {
      const { items } = await call("GET", `conversations/${part(conversation)}/commands`, { signal: asking.signal });
      known.set(conversation, { at: performance.now(), items });
      setItems(items);
    };
    void ask().catch(() => undefined);
    return () => asking.abort();
  }, [conversation]);
  return items;
}
