// One message in a conversation, and one that is on its way.

import { useChat, useName } from "./context.js";
import type { Message, Pending } from "./messages.js";
import { inWords } from "./parts.js";
import { linkify } from "./shared/links.js";
import { countOf } from "./shared/slices.js";
import { clock, moment } from "./shared/times.js";
import { t } from "./shared/words.js";

interface ShownProps {
  message: Message;
  /** Says whose it is. */
  hasName: boolean;
  isRead: boolean;
  quoted?: Message;
  onReply: (message: Message) => void;
}

export function ShownMessage({ message, hasName, isRead, quoted, onReply }: ShownProps) {
  const { language, me } = useChat();
  const name = useName(message.from);
  const isOwn = message.from === me;
  return (
    <div className="im66-message" data-own={isOwn || undefined}>
      {hasName && !isOwn && <bdi className="im66-from">{name}</bdi>}
      <div className="im66-bubble">
        {message.reply && <Quote quoted={quoted} />}
        <Content message={message} />
        {!message.recalled && <Reactions message={message} />}
        <span className="im66-foot">
          {message.edited !== null && !message.recalled && <span>{t("edited")}</span>}
          <time dateTime={new Date(message.time * 1000).toISOString()} title={moment(message.time, language)}>{clock(message.time, language)}</time>
          {isOwn && <span>{isRead ? t("Read") : t("Sent")}</span>}
        </span>
      </div>
      {!message.recalled && <button type="button" className="im66-reply" aria-label={t("Reply to {name}", { name })} onClick={() => onReply(message)}>{t("Reply")}</button>}
    </div>
  );
}

function Quote({ quoted }: { quoted?: Message }) {
  const name = useName(quoted?.from ?? "");
  return <blockquote>{quoted ? <><bdi>{name}</bdi>: <bdi>{inWords(quoted)}</bdi></> : t("Message")}</blockquote>;
}

/** The content of a file may be a path on the server. */
function Content({ message }: { message: { kind: string; content?: string; recalled?: boolean; file?: { name: string } } }) {
  const { client } = useChat();
  const { kind, content = "", recalled, file } = message;
  if (kind === "text" && !recalled) return <bdi className="im66-text">{linkify(content).map(({ text, href }, at) => (href ? <a key={at} href={href} target="_blank" rel="noreferrer">{text}</a> : text))}</bdi>;
  if (recalled || !content) return <bdi className="im66-text" data-quiet>{inWords(message)}</bdi>;
  const address = String(new URL(content, client.url));
  if (kind === "picture" || kind === "emotion") return <img src={address} alt={t("Picture")} />;
  if (kind === "audio") return <audio src={address} controls aria-label={t("Voice message")} />;
  if (kind === "video") return <video src={address} controls aria-label={t("Video")} />;
  if (kind === "file") return <a href={address} download>{file?.name ?? t("File")}</a>;
  return <bdi className="im66-text" data-quiet>{inWords(message)}</bdi>;
}

function Reactions({ message }: { message: Message }) {
  const emoji = Object.keys(message.reactions ?? {});
  if (!emoji.length) return null;
  return <span className="im66-reactions">{emoji.map((one) => <span key={one}>{one} {countOf(message, one)}</span>)}</span>;
}

export function PendingMessage({ one, onRetry }: { one: Pending; onRetry: (cid: string) => void }) {
  return (
    <div className="im66-message" data-own>
      <div className="im66-bubble">
        <Content message={one} />
        <span className="im66-foot" title={one.failed}>{one.failed ? t("Not sent.") : t("Sending")}</span>
      </div>
      {one.failed && <button type="button" className="im66-reply" onClick={() => onRetry(one.cid)}>{t("Try again")}</button>}
    </div>
  );
}
