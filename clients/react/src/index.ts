export { Composer, type ComposerProps } from "./composer.js";
export { Im66, useClient, useName, type Im66Props, type Language } from "./context.js";
export { Conversation, type ConversationProps } from "./conversation.js";
export { ConversationList, type ConversationListProps } from "./conversation_list.js";
export { useConversations, type Conversations } from "./conversations.js";
export { useMessages, type Message, type Messages, type Pending } from "./messages.js";
