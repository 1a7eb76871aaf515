// The list of conversations, kept up to date.

import { useCallback, useEffect, useState } from "react";
import type { Calls } from "im66-client";
import { useChat } from "./context.js";

export type Conversation = Calls["GET"]["conversations"]["answer"]["items"][number];

const PAGE = 200;
/** So many characters of ids a call takes. */
const MOST_IDS = 200;
const TOGETHER_MILLISECONDS = 100;
const CHANGES = ["message", "edited", "recalled", "restored", "read", "conversation", "notice"] as const;

export interface Conversations {
  conversations: Conversation[];
  state: "loading" | "ready" | "failed";
  reload: () => void;
}

export function useConversations(): Conversations {
  const { client, sent } = useChat();
  const [conversations, setConversations] = useState<Conversation[]>([]);
  const [state, setState] = useState<Conversations["state"]>("loading");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const changed = new Set<string>();
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      try {
        const all: Conversation[] = [];
        for (let after: string | undefined; ; ) {
          const { items, next } = await client.call("GET", "conversations", { query: { folder: "main", limit: PAGE, after } });
          if (isOver) return;
          all.push(...items);
          if (!next) break;
          setConversations((before) => updated(before, all));
          after = next;
        }
        setConversations(inOrder(all));
        setState("ready");
      } catch {
        if (!isOver) setState((before) => (before === "ready" ? before : "failed"));
      }
    };
    const refresh = async () => {
      timer = undefined;
      const ids = [...changed].join(",");
      changed.clear();
      const query = ids.length > MOST_IDS ? { folder: "main" as const, limit: PAGE } : { ids };
      // If it fails, the connection is away, and all is loaded when it is back.
      const { items } = await client.call("GET", "conversations", { query }).catch(() => ({ items: [] }));
      if (!isOver) setConversations((before) => updated(before, items));
    };
    const note = (conversation: string) => {
      changed.add(conversation);
      timer ??= setTimeout(refresh, TOGETHER_MILLISECONDS);
    };
    const noteOwn = (event: Event) => note((event as CustomEvent<string>).detail);
    const ends = [client.on("welcome", load), ...CHANGES.map((name) => client.on(name, (event: { conversation: string }) => note(event.conversation)))];
    sent.addEventListener("sent", noteOwn);
    if (client.welcome) void load();
    return () => {
      isOver = true;
      clearTimeout(timer);
      sent.removeEventListener("sent", noteOwn);
      for (const end of ends) end();
    };
  }, [client, sent, turn]);
  const reload = useCallback(() => {
    setState("loading");
    setTurn((before) => before + 1);
  }, []);
  return { conversations, state, reload };
}

function updated(before: Conversation[], items: Conversation[]) {
  const byId = new Map([...before, ...items].map((one) => [one.id, one]));
  return inOrder([...byId.values()]);
}

/** Pinned ones first, then the latest. */
function inOrder(all: Conversation[]) {
  const latest = ({ last, joined }: Conversation) => Math.max(last?.id ?? 0, joined?.id ?? 0);
  const shown = all.filter((one) => !one.archived && !one.removed && !one.request);
  return shown.sort((a, b) => Number(b.pinned) - Number(a.pinned) || latest(b) - latest(a));
}
