// Small parts of the components.

import type { CSSProperties } from "react";
import { useChat } from "./context.js";
import { hueOf, initialOf } from "./shared/initials.js";
import { t } from "./shared/words.js";

export function Avatar({ id, name, picture }: { id: string; name: string; picture?: string }) {
  const { client } = useChat();
  const hue = { "--hue": hueOf(id) } as CSSProperties;
  if (picture) return <img className="im66-avatar" src={String(new URL(picture, client.url))} alt="" loading="lazy" />;
  return <span className="im66-avatar" style={hue} aria-hidden="true">{initialOf(name)}</span>;
}

export function Failed({ text, onRetry }: { text: string; onRetry: () => void }) {
  return (
    <p className="im66-failed" role="alert">
      {text} <button type="button" onClick={onRetry}>{t("Try again")}</button>
    </p>
  );
}

/** A message in a line: its text, or what kind it is. */
export function inWords({ kind, content, recalled }: { kind: string; content?: string; recalled?: boolean }): string {
  if (recalled) return t("[Recalled]");
  if (kind === "text") return content ?? "";
  return `[${kindName(kind)}]`;
}

function kindName(kind: string) {
  if (kind === "picture") return t("Picture");
  if (kind === "audio") return t("Voice message");
  if (kind === "video") return t("Video");
  return kind === "file" ? t("File") : t("Message");
}
