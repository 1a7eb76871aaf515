// Writes: a text, a file, a reply.

import { useRef, useState, type ChangeEvent, type FormEvent, type KeyboardEvent } from "react";
import { t } from "./shared/words.js";

export interface ComposerProps {
  onSend: (text: string) => void;
  /** Raises if the server does not take the file. Without it, no files can be attached. */
  onFile?: (file: File) => Promise<void>;
  /** To whom one replies. */
  replyTo?: string;
  onStopReply?: () => void;
}

const FILES = "image/*,audio/*,video/*";
const MOST_ROWS = 6;

export function Composer({ onSend, onFile, replyTo, onStopReply }: ComposerProps) {
  const [text, setText] = useState("");
  const [status, setStatus] = useState("");
  const picker = useRef<HTMLInputElement>(null);
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (!text.trim()) return;
    onSend(text);
    setText("");
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") onStopReply?.();
    // Enter ends the word that an input method composes.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const attach = async ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const [file] = currentTarget.files ?? [];
    currentTarget.value = "";
    if (!file || !onFile) return;
    setStatus(t("Uploading…"));
    await onFile(file).then(() => setStatus(""), (error: Error) => setStatus(`${t("Not sent.")} ${error.message}`));
  };
  return (
    <form className="im66-composer" onSubmit={send}>
      {replyTo && (
        <p className="im66-replying">
          <bdi>{t("Reply to {name}", { name: replyTo })}</bdi>
          <button type="button" aria-label={t("Stop replying or editing")} onClick={onStopReply}>×</button>
        </p>
      )}
      <p className="im66-hint" role="status">{status}</p>
      {onFile && <button type="button" aria-label={t("Attach a file")} onClick={() => picker.current?.click()}>+</button>}
      {onFile && <input ref={picker} type="file" accept={FILES} hidden onChange={attach} />}
      <textarea aria-label={t("Write a message")} rows={Math.min(MOST_ROWS, text.split("\n").length)} value={text} onChange={({ currentTarget }) => setText(currentTarget.value)} onKeyDown={press} />
      <button className="im66-send" disabled={!text.trim()}>{t("Send")}</button>
    </form>
  );
}
