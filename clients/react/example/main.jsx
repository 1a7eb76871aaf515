// The chat of a server beside the pages of a product: on a wide screen list and conversation, on a narrow one either.
// `?user=alice` says who one is, which servers in open mode and the demo believe; a product gives a token instead.

import { useState } from "react";
import { createRoot } from "react-dom/client";
import { Client } from "im66-client";
import { Conversation, ConversationList, Im66, useConversations } from "im66-react";
import "im66-react/im66.css";
import "./main.css";

const query = new URLSearchParams(location.search);
const client = new Client({ url: query.get("server") ?? "http://127.0.0.1:6060", userid: query.get("user") ?? "alice" });
client.start();
for (const name of ["online", "visibilitychange"]) addEventListener(name, () => client.comeBack());

function App() {
  const [open, setOpen] = useState(location.hash.slice(1));
  const show = (id) => {
    location.hash = id;
    setOpen(id);
  };
  return (
    <Im66 client={client} language={query.get("language") ?? "en"} theme={query.get("theme") ?? undefined}>
      <main data-open={open || undefined}>
        <aside>
          <h1>Chat</h1>
          <ConversationList selected={open} onSelect={show} />
        </aside>
        {open ? <Shown id={open} onBack={() => show("")} /> : <p className="nothing">Choose a conversation.</p>}
      </main>
    </Im66>
  );
}

function Shown({ id, onBack }) {
  const { conversations } = useConversations();
  const title = conversations.find((one) => one.id === id)?.title ?? id.slice(2);
  return (
    <article>
      <header>
        <button aria-label="Back" onClick={onBack}>‹</button>
        <h1><bdi>{title}</bdi></h1>
      </header>
      <Conversation id={id} />
    </article>
  );
}

createRoot(document.getElementById("root")).render(<App />);
