// The conversations, latest first. Of a long list, what is near what is seen.

import { useRef } from "react";
import { useChat } from "./context.js";
import { useConversations, type Conversation } from "./conversations.js";
import { Avatar, Failed, inWords } from "./parts.js";
import { brief } from "./shared/times.js";
import { drawn, useWindow } from "./shared/window.js";
import { counted, t } from "./shared/words.js";

export interface ConversationListProps {
  /** The id of the one that is open. */
  selected?: string;
  onSelect: (id: string) => void;
}

export function ConversationList({ selected, onSelect }: ConversationListProps) {
  const { conversations, state, reload } = useConversations();
  const list = useRef<HTMLUListElement>(null);
  const window = useWindow(list, ".im66-list", conversations.length);
  const shown = conversations.findIndex(({ id }) => id === selected);
  const rows = drawn(conversations, window, shown);
  const last = Math.max(window.to, shown + 1);
  return (
    <nav className="im66-list" aria-label={t("Conversations")}>
      {state === "failed" && <Failed text={t("The conversations could not be loaded.")} onRetry={reload} />}
      {state === "loading" && !conversations.length && <p className="im66-hint">{t("Loading…")}</p>}
      <ul ref={list}>
        {rows.flatMap(({ one, at, skipped }) => [
          skipped > 0 && <Room key={`before ${one.id}`} height={skipped * window.height} />,
          <Row key={one.id} conversation={one} at={at} count={conversations.length} isSelected={one.id === selected} onSelect={onSelect} />,
        ])}
        {conversations.length > last && <Room height={(conversations.length - last) * window.height} />}
      </ul>
    </nav>
  );
}

const Room = ({ height }: { height: number }) => <li aria-hidden="true" style={{ height }} />;

interface RowProps {
  conversation: Conversation;
  at: number;
  count: number;
  isSelected: boolean;
  onSelect: (id: string) => void;
}

function Row({ conversation, at, count, isSelected, onSelect }: RowProps) {
  const { language } = useChat();
  const { id, title, remark, picture, last, unread } = conversation;
  const name = remark || title;
  return (
    <li className="row" aria-posinset={at + 1} aria-setsize={count}>
      <button type="button" className="im66-row" aria-current={isSelected || undefined} onClick={() => onSelect(id)}>
        <Avatar id={id.slice(2)} name={name} picture={picture} />
        <span className="im66-words">
          <span className="im66-line">
            <bdi className="im66-title">{name}</bdi>
            {last && <time className="im66-time">{brief(last.time, language)}</time>}
          </span>
          <span className="im66-line">
            <bdi className="im66-preview">{last ? inWords(last) : ""}</bdi>
            {unread > 0 && <span className="im66-badge"><span aria-hidden="true">{unread > 99 ? "99+" : unread}</span><span className="im66-unseen">{counted(unread, "1 unread message", "{count} unread messages")}</span></span>}
          </span>
        </span>
      </button>
    </li>
  );
}
