// What was found besides conversations: people to write to, and messages.

import { html } from "../../html.js";
import { conversations, titleOf } from "../../state/conversations.js";
import { markWords } from "../../state/highlighted.js";
import { nameOf } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import {
  matchingConversations,
  matchingMessages,
  matchingPeople,
  hasMoreMessages,
  moreMessages,
  progress,
  query,
  searchAgain,
} from "../../state/searching.js";
import { me } from "../../state/session.js";
import { hashOf, isGroup, ofPerson, peerOf } from "../../text/conversation_ids.js";
import { excerpt, pieces } from "../../text/finding.js";
import { plainText } from "../../text/formatting.js";
import { brief } from "../../text/times.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { Marked } from "../parts/marked.js";

export function SearchResults() {
  const people = matchingPeople.value.filter(({ userid }) => userid !== me.value && !conversations.value.has(ofPerson(userid)));
  const messages = matchingMessages.value;
  const count = matchingConversations.value.length + people.length + messages.length;
  return html`
    ${people.length > 0 &&
    html`
      <section class="found" aria-label=${t("People")}>
        <h2>${t("People")}</h2>
        <ul class="rows">${people.map((one) => html`<${PersonResult} key=${one.userid} person=${one} />`)}</ul>
      </section>
    `}
    ${messages.length > 0 &&
    html`
      <section class="found" aria-label=${t("Found messages")}>
        <h2>${t("Found messages")}</h2>
        <ul class="rows">${messages.map((one) => html`<${MessageResult} key=${one.id} message=${one} />`)}</ul>
      </section>
    `}
    <div class="found-said" role="status">${summary(count)}</div>
    ${hasMoreMessages.value && html`<button class="button found-more" disabled=${progress.value === "asking"} onClick=${() => void moreMessages()}>${messages.length > 0 ? t("More messages") : t("Search older messages")}</button>`}
    ${progress.value === "failed" && html`<button class="button found-more" onClick=${() => void searchAgain()}>${t("Try again")}</button>`}
  `;
}

/** @param {number} count */
function summary(count) {
  if (progress.value === "asking") return t("Searching…");
  if (progress.value === "failed") return t("Search failed. Try again.");
  if (hasMoreMessages.value) return count === 0 ? t("Nothing was found so far.") : "";
  return count === 0 ? t("Nothing was found for “{query}”.", { query: query.value.trim() }) : "";
}

/** @param {{ person: import("../../types.js").Profile }} props */
function PersonResult({ person }) {
  const { userid, nickname, avatar, bot } = person;
  return html`
    <li class="row">
      <a class="row-link" href=${hashOf(ofPerson(userid))}>
        <${Avatar} src=${avatar} name=${nickname || userid} id=${userid} />
        <span class="row-words">
          <span class="row-line"><bdi class="row-title"><${Marked} pieces=${pieces(nickname || userid, query.value)} /></bdi><${BotBadge} is=${bot} /></span>
          <span class="row-line"><bdi class="row-preview"><${Marked} pieces=${pieces(userid, query.value)} /></bdi></span>
        </span>
      </a>
    </li>
  `;
}

/** @param {{ message: import("../../types.js").Message }} props */
function MessageResult({ message }) {
  const { id, conversation, content = "", time } = message;
  const known = conversations.value.get(conversation);
  const title = known ? titleOf(known) : (isGroup(conversation) ? t("Group") : nameOf(peerOf(conversation)));
  return html`
    <li class="row">
      <a class="row-link" href=${hashOf(conversation, id)} onClick=${() => markWords({ conversation, query: query.value, message: id })}>
        <${Avatar} src=${known?.picture ?? ""} name=${title} id=${peerOf(conversation)} />
        <span class="row-words">
          <span class="row-line">
            <bdi class="row-title">${title}</bdi>
            <time class="row-time">${brief(time, language.value)}</time>
          </span>
          <span class="found-words">${authorOf(message)}<bdi><${Marked} pieces=${excerpt(plainText(content), query.value)} /></bdi></span>
        </span>
      </a>
    </li>
  `;
}

/** Nothing for the other person of two: the title names them. @param {import("../../types.js").Message} message */
function authorOf({ conversation, from }) {
  if (from !== me.value && !isGroup(conversation)) return null;
  const name = from === me.value ? t("You") : nameOf(from);
  return html`<span class="found-author">${t("{name}: {words}", { name, words: "" }).trim()} </span>`;
}
