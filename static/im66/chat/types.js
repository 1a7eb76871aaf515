// The shapes that the server's answers and events have, for the type checker. Nothing here runs.

/**
 * @typedef {import("../client/types.js").Place} Place
 * @typedef {import("../client/types.js").Card} Card
 * @typedef {import("../client/types.js").Preview} Preview   of the page that a message links to
 * @typedef {{ userid: string, nickname: string, avatar: string, bot?: boolean }} Profile
 * @typedef {{ options: string[], multiple: boolean, anonymous: boolean, until?: number, votes?: number[], voters?: string[][], mine?: number[], closed?: boolean }} Poll   `votes` and `voters`, the first of them, for each option
 *
 * @typedef {string} Kind   one of `config.kinds`, or one that only a later version knows
 *
 * @typedef {import("../client/types.js").BundleCommand} Bundle   several messages in one
 *
 * @typedef {Omit<import("../client/types.js").Message, "ev" | "kind" | "file">} Sent
 * @typedef {Pick<Sent, "id" | "conversation" | "from" | "time"> & Partial<Sent> & Shown} Message   without content if it was recalled
 *
 * @typedef {object} Shown   what the API says of a message besides
 * @property {Kind} kind
 * @property {number | null} [edited]
 * @property {Record<string, string[]>} [reactions]   the first who have given each
 * @property {Record<string, number>} [reaction_counts]   how many have, where they are more
 * @property {Preview} [preview]
 * @property {import("./text/attachments.js").Attached} [file]   of a file of any type
 * @property {Poll} [poll]
 * @property {boolean} [recalled]
 * @property {boolean} [starred]   by the user
 * @property {string} [by]   "moderator" if one has recalled it
 * @property {boolean} [cut]
 *
 * @typedef {Omit<import("../client/types.js").Notice, "ev"> & { isNotice: true }} Notice
 *
 * @typedef {Message | Notice} Item   what stands in a conversation
 *
 * @typedef {object} Conversation
 * @property {string} id   `u:<userid>` or `g:<groupid>`
 * @property {string} title
 * @property {string} picture
 * @property {boolean} [bot]   the other person is a program
 * @property {Message | null} last
 * @property {number} unread
 * @property {number} [mentioned]   how many of them mention the user
 * @property {number} read
 * @property {string} role
 * @property {boolean} muted
 * @property {"all" | "mentions" | "none"} [notify]
 * @property {boolean} pinned
 * @property {boolean} archived
 * @property {boolean} marked_unread   the user has said so
 * @property {string} remark   what the user calls the person
 * @property {string} draft   as the server has it
 * @property {boolean} removed   from the list, until something new is written
 * @property {number} [cleared]   nothing up to this id is shown to the user any more
 * @property {number} hidden_count   how many of its messages the user has deleted for themselves
 * @property {number} [requests]   how many people ask to join the group that the user manages
 * @property {boolean} request   it waits apart until the user accepts it
 * @property {number | null} [read_by_other]   how far the other person has read, if that is told
 * @property {Notice | null} [joined]   how the user came into a group in which nobody has written since
 *
 * @typedef {{ id: string, name: string, notice: string, picture: string, creator: string, muted: boolean, slow: number, own_picture: boolean, notice_id: number, confirmed: boolean, nickname: string } & Required<Pick<Notice, "notice_by" | "add_by" | "confirm">>} Group   and what else config.choices has
 * @typedef {Profile & { role: "owner" | "admin" | "member", group_nickname: string }} Member
 *
 * @typedef {object} Stored   an uploaded file
 * @property {string} url
 * @property {Kind} kind
 * @property {string} type
 * @property {number} size
 * @property {string} [name]   of a file of any type
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [seconds]
 * @property {string} [poster]
 * @property {string} [preview]   of a file of any type: a picture of it
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
 * @property {import("./text/attachments.js").Attached} [file]   of a file of any type
 * @property {Poll} [poll]
 * @property {string} [failed]   why it will not be sent unless its author tries again
 */

export {};
