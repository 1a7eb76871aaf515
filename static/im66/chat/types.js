// The shapes that the server's answers and events have, as its schema describes them, and the page's own, for the type
// checker. Nothing here runs.

/**
 * @typedef {import("../client/types.js").Place} Place
 * @typedef {import("../client/types.js").Card} Card
 * @typedef {import("../client/types.js").Preview} Preview   of the page that a message links to
 * @typedef {import("../client/types.js").Poll} Poll
 * @typedef {import("../client/types.js").File} Attached   what a message says of its file
 * @typedef {import("../client/types.js").BundleCommand} Bundle   several messages in one
 * @typedef {import("../client/types.js").ApiProfile} Profile
 * @typedef {import("../client/types.js").ApiGroup} Group
 * @typedef {import("../client/types.js").ApiMember} Member
 *
 * @typedef {string} Kind   one of `config.kinds`, or one that only a later version knows
 *
 * @typedef {Omit<import("../client/types.js").ApiMessage, "kind">} Sent
 * @typedef {Pick<Sent, "id" | "conversation" | "from" | "time"> & Partial<Sent> & { kind: Kind }} Message   of an event or of the API
 *
 * @typedef {Omit<import("../client/types.js").ApiNotice, "kind"> & { isNotice: true }} Notice
 *
 * @typedef {Message | Notice} Item   what stands in a conversation
 *
 * @typedef {Omit<import("../client/types.js").ApiConversation, "last" | "joined"> & { last: Message | null, joined: Notice | null }} Conversation
 *
 * @typedef {import("../client/types.js").ApiStored | (import("../client/types.js").ApiStoredDocument & { url: string })} Stored   an uploaded file that can be sent
 *
 * @typedef {Record<string, any> & { cmd: string }} Command
 * @typedef {Record<string, any> & { ev: string }} ServerEvent
 *
 * @typedef {object} Outgoing   a message that the server has not accepted yet
 * @property {string} cid
 * @property {string} to
 * @property {Kind} kind
 * @property {string} content
 * @property {number} at   milliseconds since 1970
 * @property {string[]} [mentions]
 * @property {number} [reply]
 * @property {Place} [place]   of a location
 * @property {Attached} [file]   of a file of any type
 * @property {Poll} [poll]
 * @property {boolean} [silent]   it makes no sound
 * @property {string} [failed]   why it will not be sent unless its author tries again
 */

export {};
