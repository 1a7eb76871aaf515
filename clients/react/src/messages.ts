// The messages of one conversation, kept up to date, and those on their way to it.

import { useCallback, useEffect, useRef, useState } from "react";
import type { Calls } from "im66-client";
import { useChat } from "./context.js";
import { changed, merged, reactedTo } from "./shared/slices.js";

type Item = Calls["GET"]["conversations/{conversation}/messages"]["answer"]["items"][number];
export type Message = Exclude<Item, { kind: "notice" }>;
/** A message of one's own that the server does not have yet. `failed`: why it refused it. */
export interface Pending {
  cid: string;
  kind: string;
  content: string;
  reply?: number;
  failed?: string;
}

export interface Messages {
  messages: Message[];
  pending: Pending[];
  state: "loading" | "ready" | "failed";
  hasOlder: boolean;
  loadOlder: () => Promise<void>;
  /** One's read mark when the conversation was opened; later messages of others are new. */
  readUpTo: number | null;
  /** That of the other person; null if it is not told, and in groups. */
  readByOther: number | null;
  read: (upto: number) => void;
  send: (content: string, more?: { kind?: string; reply?: number }) => Promise<void>;
  upload: (file: File, reply?: number) => Promise<void>;
  retry: (cid: string) => void;
  reload: () => void;
}

const PAGE = 50;
const EMPTY = { messages: [] as Message[], hasOlder: false, state: "loading" as Messages["state"], readUpTo: null as number | null, readByOther: null as number | null };
const PATH = "conversations/{conversation}/messages";

export function useMessages(conversation: string): Messages {
  const { client, me, sent } = useChat();
  const [shown, setShown] = useState(EMPTY);
  const [pending, setPending] = useState<Pending[]>([]);
  const [turn, setTurn] = useState(0);
  const isLoadingOlder = useRef(false);
  const path = { conversation };

  useEffect(() => {
    let isOver = false;
    const change = (how: (before: Message[]) => Message[]) => setShown((before) => ({ ...before, messages: how(before.messages) }));
    const load = async () => {
      try {
        const [{ items, more }, about] = await Promise.all([
          client.call("GET", PATH, { path: { conversation }, query: { limit: PAGE } }),
          client.call("GET", "conversations/{conversation}", { path: { conversation } }),
        ]);
        if (!isOver) setShown((before) => withLast(before, items as Message[], more, about));
      } catch (error) {
        if (isOver) return;
        // Nobody has written there yet.
        if ((error as Error).name === "not_found") setShown((before) => withLast(before, [], false, { read: 0, read_by_other: null }));
        else setShown((before) => ({ ...before, state: before.state === "ready" ? "ready" : "failed" }));
      }
    };
    const on = <E extends "message" | "edited" | "recalled" | "restored" | "reaction" | "read">(name: E, listener: (event: any) => void) =>
      client.on(name, (event: any) => event.conversation === conversation && listener(event));
    setShown(EMPTY);
    setPending([]);
    const ends = [
      client.on("welcome", load),
      client.on("gap", load),
      on("message", ({ ev, ...message }) => change((before) => merged(before, [{ edited: null, reactions: {}, ...message }]))),
      on("edited", ({ id, target, content }) => change((before) => changed(before, target, (one) => ({ ...one, content, edited: id })))),
      on("recalled", ({ target }) => change((before) => changed(before, target, ({ content, ...one }) => ({ ...one, recalled: true })))),
      on("restored", load),
      on("reaction", (event) => change((before) => changed(before, event.target, (one) => reactedTo(one, event)))),
      on("read", ({ user, upto }) => `u:${user}` === conversation && setShown((before) => ({ ...before, readByOther: upto }))),
    ];
    if (client.welcome) void load();
    return () => {
      isOver = true;
      for (const end of ends) end();
    };
  }, [client, conversation, turn]);

  const loadOlder = async () => {
    const [first] = shown.messages;
    if (!first || !shown.hasOlder || isLoadingOlder.current) return;
    isLoadingOlder.current = true;
    try {
      const { items, more } = await client.call("GET", PATH, { path, query: { before: first.id, limit: PAGE } });
      setShown((before) => (before.messages[0]?.id === first.id ? { ...before, messages: merged(items as Message[], before.messages), hasOlder: more } : before));
    } finally {
      isLoadingOlder.current = false;
    }
  };

  /** Never raises: what is refused stays among `pending`. */
  const deliver = async (one: Pending) => {
    setPending((before) => [...before.filter(({ cid }) => cid !== one.cid), { ...one, failed: undefined }]);
    try {
      const { cid, kind, content, reply } = one;
      const { id, time } = await client.send(conversation, content, { kind, cid, ...(reply && { reply }) });
      const message = { id, conversation, from: me, kind, content, time, reply, edited: null, reactions: {} } as Message;
      setShown((before) => ({ ...before, messages: merged(before.messages, [message]) }));
      setPending((before) => before.filter((waiting) => waiting.cid !== cid));
      sent.dispatchEvent(new CustomEvent("sent", { detail: conversation }));
    } catch (error) {
      const failed = (error as Error).message || (error as Error).name;
      setPending((before) => before.map((waiting) => (waiting.cid === one.cid ? { ...waiting, failed } : waiting)));
    }
  };

  const send: Messages["send"] = (content, { kind = "text", reply } = {}) => deliver({ cid: newCid(), kind, content, reply });

  return {
    ...shown,
    pending,
    loadOlder,
    send,
    upload: async (file, reply) => {
      const { url, kind } = await client.upload(file, { name: file.name });
      await send(url, { kind, reply });
    },
    retry: (cid) => {
      const one = pending.find((waiting) => waiting.cid === cid);
      if (one) void deliver(one);
    },
    read: (upto) => void client.read(conversation, upto).catch(() => {}),
    reload: useCallback(() => setTurn((before) => before + 1), []),
  };
}

/** The last page: after what is known, or instead of it, if messages between may be missing. */
function withLast(before: typeof EMPTY, items: Message[], more: boolean, about: { read: number; read_by_other: number | null }) {
  const last = before.messages.at(-1);
  const isApart = !last || (more && items[0].id > last.id);
  return {
    state: "ready" as const,
    messages: isApart ? items : merged(before.messages, items),
    hasOlder: isApart ? more : before.hasOlder,
    readUpTo: before.readUpTo ?? about.read,
    readByOther: about.read_by_other,
  };
}

/** Not crypto.randomUUID(): pages without TLS have none. */
const newCid = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
