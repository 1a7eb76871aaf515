// One conversation: its messages, older ones as one scrolls up, and a composer below.

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Composer } from "./composer.js";
import { useChat, useName } from "./context.js";
import { PendingMessage, ShownMessage } from "./message.js";
import { useMessages, type Message } from "./messages.js";
import { Failed } from "./parts.js";
import { beginsDay, beginsGroup, firstNew } from "./shared/sequence.js";
import { day } from "./shared/times.js";
import { t } from "./shared/words.js";

const NEAR_END = 40;
const NEAR_START = 300;

export interface ConversationProps {
  /** `u:<userid>` or `g:<groupid>`. */
  id: string;
}

/** Each conversation begins anew: what is written, where one reads. */
export const Conversation = ({ id }: ConversationProps) => <Opened key={id} id={id} />;

function Opened({ id }: ConversationProps) {
  const { language, me, state: connection } = useChat();
  const chat = useMessages(id);
  const [replyTo, setReplyTo] = useState<Message>();
  const { messages, pending } = chat;
  const { place, end, onScroll } = useScroll(chat);
  const fresh = firstNew(messages, chat.readUpTo, me);
  const replyName = useName(replyTo?.from ?? "");
  const isPair = id.startsWith("u:");
  useReading(chat, me);
  const reply = () => {
    setReplyTo(undefined);
    return replyTo?.id;
  };
  return (
    <section className="im66-conversation" aria-label={t("Messages")}>
      {(connection === "away" || connection === "silent") && <p className="im66-away" role="status">{t("The server cannot be reached. Trying again…")}</p>}
      <div ref={place} className="im66-stream" role="log" aria-label={t("Messages")} tabIndex={0} onScroll={onScroll}>
        <div ref={end}>
          {chat.state === "failed" && <Failed text={t("The messages could not be loaded.")} onRetry={chat.reload} />}
          {chat.state === "loading" && <p className="im66-hint">{t("Loading…")}</p>}
          {chat.state === "ready" && !messages.length && <p className="im66-hint">{t("No messages yet. Write the first one.")}</p>}
          {chat.hasOlder && <button type="button" className="im66-older" onClick={() => void chat.loadOlder()}>{t("Show older")}</button>}
          {messages.map((message, at) => (
            <Fragment key={message.id}>
              {beginsDay(message, messages[at - 1]) && <p className="im66-day">{day(message.time, language)}</p>}
              {message === fresh && <p className="im66-new">{t("New messages")}</p>}
              <ShownMessage
                message={message}
                hasName={!isPair && beginsGroup(message, messages[at - 1])}
                isRead={chat.readByOther !== null && message.id <= chat.readByOther}
                quoted={messages.find((one) => one.id === message.reply)}
                onReply={setReplyTo}
              />
            </Fragment>
          ))}
          {pending.map((one) => <PendingMessage key={one.cid} one={one} onRetry={chat.retry} />)}
        </div>
      </div>
      <Composer
        onSend={(text) => void chat.send(text, { reply: reply() })}
        onFile={(file) => chat.upload(file, reply())}
        replyTo={replyTo && replyName}
        onStopReply={() => setReplyTo(undefined)}
      />
    </section>
  );
}

/** Stays at the end if it is there, and otherwise with what is read, whatever comes above or grows. */
function useScroll({ messages, pending, loadOlder }: ReturnType<typeof useMessages>) {
  const place = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const seen = useRef({ isAtEnd: true, height: 0, first: 0 });
  const first = messages[0]?.id ?? 0;
  useLayoutEffect(() => {
    const element = place.current!;
    const { isAtEnd, height, first: before } = seen.current;
    if (isAtEnd || !before) element.scrollTop = element.scrollHeight;
    else if (first < before) element.scrollTop += element.scrollHeight - height;
    seen.current = { isAtEnd: isAtEnd || !before, height: element.scrollHeight, first };
  }, [messages, pending, first]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (seen.current.isAtEnd && place.current) place.current.scrollTop = place.current.scrollHeight;
    });
    observer.observe(end.current!);
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = place.current!;
    seen.current.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (scrollTop < NEAR_START) loadOlder().catch(() => {});
  };
  return { place, end, onScroll };
}

/** What is shown while the page is looked at counts as read. */
function useReading({ messages, read, readUpTo }: ReturnType<typeof useMessages>, me: string) {
  const marked = useRef(0);
  const last = messages.findLast(({ from }) => from !== me)?.id ?? 0;
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== "visible" || last <= Math.max(marked.current, readUpTo ?? last)) return;
      marked.current = last;
      read(last);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  });
}
