// A page in React: lists conversations, shows one, sends texts and pictures. docs/integrate.md says how it is started.
import { useEffect, useState } from "react";
import { Client } from "im66-client";

const CHAT = import.meta.env.VITE_CHAT ?? "http://127.0.0.1:6060";
const client = new Client({
  url: CHAT,
  token: async () => {
    const answer = await fetch("/im66/token"); // of your site, for the user who is signed in
    if (!answer.ok) throw new Error("Sign in first.");
    return answer.text();
  },
});
client.start();

export default function App() {
  const [state, setState] = useState("away");
  const [conversations, setConversations] = useState([]);
  const [open, setOpen] = useState("");
  const [messages, setMessages] = useState([]);

  const list = async () => setConversations((await client.call("GET", "conversations")).items);
  const load = async () => {
    const { items } = await client.call("GET", "conversations/{conversation}/messages", {
      path: { conversation: open },
      query: { limit: 50 },
    });
    setMessages(items);
  };
  const send = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { text, file } = form.elements;
    if (text.value) await client.send(open, text.value);
    if (file.files[0]) {
      const stored = await client.upload(file.files[0]);
      await client.send(open, stored.url, { kind: stored.kind });
    }
    form.reset();
    await Promise.all([load(), list()]);
  };

  useEffect(() => client.on("state", (told) => setState(told.state)), []);
  useEffect(() => client.on("welcome", list), []);
  useEffect(() => client.on("message", list), []);
  useEffect(() => {
    if (!open) return;
    load();
    return client.on("message", (message) => message.conversation === open && load());
  }, [open]);

  return (
    <main>
      <p>{state}</p>
      {conversations.map(({ id, title }) => (
        <button key={id} onClick={() => setOpen(id)}>{title}</button>
      ))}
      <ol>
        {messages.map(({ id, from, kind, content }) => (
          <li key={id}>{from}: {kind === "picture" ? <img src={new URL(content, CHAT)} alt="" height="120" /> : content}</li>
        ))}
      </ol>
      {open && (
        <form onSubmit={send}>
          <input name="text" aria-label="Message" />
          <input name="file" type="file" accept="image/*" aria-label="Picture" />
          <button>Send</button>
        </form>
      )}
    </main>
  );
}
