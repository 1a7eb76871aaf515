// What all components share: the client, the language, who one is, and names of people.

import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Client } from "im66-client";
import { zh } from "./shared/texts.js";
import { learnTexts, speakIn } from "./shared/words.js";

learnTexts("zh", zh);

export type Language = "en" | "zh";
type Person = { nickname: string; avatar: string };

export interface Chat {
  client: Client;
  language: Language;
  /** One's own userid; empty before the first connection. */
  me: string;
  state: string;
  /** Own messages, which come as an event on one's other devices only. */
  sent: EventTarget;
  people: Map<string, Person>;
  learn: (userid: string) => void;
}

const Context = createContext<Chat | null>(null);

export interface Im66Props {
  client: Client;
  language?: Language;
  /** That of the system without it. */
  theme?: "light" | "dark";
  className?: string;
  children: ReactNode;
}

/** Holds the other components. Starting and stopping the client is up to its owner. */
export function Im66({ client, language = "en", theme, className = "", children }: Im66Props) {
  speakIn({ value: language });
  const [me, setMe] = useState(client.welcome?.user.userid ?? "");
  const [state, setState] = useState(client.welcome ? "open" : "connecting");
  const [people, setPeople] = useState(new Map<string, Person>());
  const [sent] = useState(() => new EventTarget());
  const learn = useMemo(() => learning(client, setPeople), [client]);
  useEffect(() => {
    const ends = [client.on("welcome", ({ user }) => setMe(user.userid)), client.on("state", (change) => setState(change.state))];
    return () => ends.forEach((end) => end());
  }, [client]);
  const chat = useMemo(() => ({ client, language, me, state, sent, people, learn }), [client, language, me, state, sent, people, learn]);
  return (
    <Context.Provider value={chat}>
      <div className={`im66 ${className}`} data-theme={theme} lang={language === "zh" ? "zh-Hans" : "en"}>
        {children}
      </div>
    </Context.Provider>
  );
}

export function useChat(): Chat {
  const chat = useContext(Context);
  if (!chat) throw new Error("This component belongs inside <Im66>.");
  return chat;
}

export const useClient = () => useChat().client;

/** The nickname, or the userid as long as that is not known or empty. */
export function useName(userid: string): string {
  const { people, learn } = useChat();
  useEffect(() => learn(userid), [learn, userid]);
  return people.get(userid)?.nickname || userid;
}

/** Asks for the names of several people at once, and for each once. */
function learning(client: Client, put: (change: (before: Map<string, Person>) => Map<string, Person>) => void) {
  const asked = new Set<string>();
  let next: string[] = [];
  const ask = async () => {
    const ids = next.join(",");
    next = [];
    const { items } = await client.call("GET", "users", { query: { ids } });
    put((before) => new Map([...before, ...items.map((one): [string, Person] => [one.userid, one])]));
  };
  return (userid: string) => {
    if (!userid || asked.has(userid)) return;
    asked.add(userid);
    // Without an answer, userids are shown.
    if (next.push(userid) === 1) queueMicrotask(() => ask().catch(() => {}));
  };
}
