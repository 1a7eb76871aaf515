// The kinds of messages, by their names, as the page has them: chat/protocol/kinds.

export const kinds = JSON.parse(document.getElementById("kinds").textContent);
