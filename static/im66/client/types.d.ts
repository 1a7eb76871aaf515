// Made by clients/typescript/types.mjs from docs/json.schema.json. Do not edit.

export type Command =
  | HelloCommand
  | SendCommand
  | EditCommand
  | ForwardCommand
  | RecallCommand
  | ReactCommand
  | PressCommand
  | VoteCommand
  | Close_PollCommand
  | ReadCommand
  | AckCommand
  | TypingCommand
  | GrowCommand
  | PresenceCommand
  | PingCommand;
export type Event =
  | Message
  | Edited
  | Recalled
  | Restored
  | Reaction
  | PollChanged
  | Notice
  | Standing
  | ReadUpTo
  | ConversationChanged
  | ContactChanged
  | RequestsChanged
  | Typing
  | Growing
  | PreviewTold
  | Presence
  | CaughtUp
  | Gap
  | Heartbeat;

/**
 * What goes over the socket, and what the API answers.
 */
export interface Frames {
  Command: Command;
  Event: Event;
  Ok: Ok;
  Error: Refusal;
  ApiMessage: ApiMessage;
  ApiNotice: ApiNotice;
  ApiConversation: ApiConversation;
  ApiGroup: ApiGroup;
  ApiMember: ApiMember;
  ApiProfile: ApiProfile;
  ApiStored: ApiStored;
  ApiStoredDocument: ApiStoredDocument;
}
/**
 * Who calls, and where to go on. The first command.
 */
export interface HelloCommand {
  cmd: "hello";
  id: number | string;
  token?: string | null;
  userid?: string | null;
  device?: string | null;
  since?: number | null;
  log?: string | null;
}
/**
 * Send a message.
 */
export interface SendCommand {
  cmd: "send";
  id: number | string;
  to: string;
  kind: "audio" | "emotion" | "file" | "location" | "picture" | "poll" | "text" | "video";
  content: string;
  cid?: string | null;
  extension?: string;
  reply?: number | null;
  name?: string | null;
  /**
   * @maxItems 100
   */
  mentions?: string[];
  silent?: boolean;
  custom?: {} | null;
  place?: PlaceCommand | null;
  poll?: PollCommand | null;
}
/**
 * What a location is called.
 */
export interface PlaceCommand {
  name?: string;
  address?: string;
}
/**
 * What there is to choose from, and how. `until`: when it closes.
 */
export interface PollCommand {
  /**
   * @minItems 2
   * @maxItems 10
   */
  options:
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string];
  multiple?: boolean;
  anonymous?: boolean;
  until?: number | null;
}
/**
 * Give a text of one's own another content.
 */
export interface EditCommand {
  cmd: "edit";
  id: number | string;
  target: number;
  content: string;
  /**
   * @maxItems 100
   */
  mentions?: string[];
  custom?: {} | null;
}
/**
 * Pass messages on to other conversations, one by one or as one message that holds them.
 */
export interface ForwardCommand {
  cmd: "forward";
  id: number | string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  targets: [number, ...number[]];
  /**
   * @minItems 1
   * @maxItems 10
   */
  to:
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string];
  merged?: boolean;
  cid?: string | null;
}
/**
 * Take a message back.
 */
export interface RecallCommand {
  cmd: "recall";
  id: number | string;
  target: number;
}
/**
 * Give a reaction to a message, or take it back.
 */
export interface ReactCommand {
  cmd: "react";
  id: number | string;
  target: number;
  emoji: string;
  on?: boolean;
}
/**
 * Press a button of a card.
 */
export interface PressCommand {
  cmd: "press";
  id: number | string;
  target: number;
  action: string;
  cid?: string | null;
}
/**
 * Vote in a poll, in the place of what one has voted before. No options: take it back.
 */
export interface VoteCommand {
  cmd: "vote";
  id: number | string;
  target: number;
  cid?: string | null;
  /**
   * Indexes from 0 on.
   *
   * @maxItems 10
   */
  options:
    | []
    | [number]
    | [number, number]
    | [number, number, number]
    | [number, number, number, number]
    | [number, number, number, number, number]
    | [number, number, number, number, number, number]
    | [number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number];
}
/**
 * Take no more answers to a poll.
 */
export interface Close_PollCommand {
  cmd: "close_poll";
  id: number | string;
  target: number;
}
/**
 * Everything in the conversation up to this id is read.
 */
export interface ReadCommand {
  cmd: "read";
  id: number | string;
  to: string;
  upto: number;
}
/**
 * Everything up to this id has arrived at the device.
 */
export interface AckCommand {
  cmd: "ack";
  id: number | string;
  upto: number;
}
/**
 * The person is writing something.
 */
export interface TypingCommand {
  cmd: "typing";
  id: number | string;
  to: string;
}
/**
 * A bot has written more of an answer: all of it so far, or what is new.
 */
export interface GrowCommand {
  cmd: "grow";
  id: number | string;
  to: string;
  cid: string;
  content: string;
  more?: boolean;
}
/**
 * Tell who of these people is online, from now on.
 */
export interface PresenceCommand {
  cmd: "presence";
  id: number | string;
  /**
   * @maxItems 200
   */
  users: string[];
}
/**
 * Is the server there?
 */
export interface PingCommand {
  cmd: "ping";
  id: number | string;
}
/**
 * Somebody has written.
 */
export interface Message {
  ev: "message";
  id: number;
  conversation: string;
  from: string;
  kind: "audio" | "bundle" | "card" | "emotion" | "file" | "location" | "picture" | "poll" | "text" | "video";
  content: string;
  extension: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  /**
   * The message that it replies to.
   */
  reply?: number;
  /**
   * Of one's own messages: the name they were given.
   */
  cid?: string;
  /**
   * Members of the group; `*`: all of them.
   */
  mentions?: string[];
  forwarded?: Forwarded;
  /**
   * It makes no sound and is not pushed.
   */
  silent?: true;
  /**
   * What a program has attached.
   */
  custom?: {};
  file?: File;
  place?: Place;
  bundle?: BundleCommand;
  card?: Card;
  poll?: Poll;
}
/**
 * Who wrote it first, and when.
 */
export interface Forwarded {
  from: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
}
/**
 * What a message of the kind `file` has besides the address.
 */
export interface File {
  name: string;
  /**
   * In bytes.
   */
  size: number;
  type: string;
  preview?: string;
}
/**
 * What a message of the kind `location` has besides the coordinates. Both may be empty.
 */
export interface Place {
  name: string;
  address: string;
}
export interface BundleCommand {
  title: string;
  items: ItemCommand[];
}
export interface ItemCommand {
  from: string;
  nickname: string;
  kind: string;
  content: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
}
/**
 * What a message of the kind `card` has besides its text. All but the title may be empty.
 */
export interface Card {
  title: string;
  text: string;
  url: string;
  fields: CardField[];
  picture?: string;
  actions?: CardAction[];
}
/**
 * A line of a card.
 */
export interface CardField {
  name: string;
  value: string;
}
/**
 * A button of a card.
 */
export interface CardAction {
  id: string;
  label: string;
}
/**
 * What a message of the kind `poll` has besides the question.
 */
export interface Poll {
  options: string[];
  multiple: boolean;
  anonymous: boolean;
  until?: number;
  votes?: number[];
  voters?: string[][];
  mine?: number[];
  closed?: boolean;
}
/**
 * The message `target` has other content.
 */
export interface Edited {
  ev: "edited";
  id: number;
  conversation: string;
  target: number;
  from: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  content: string;
  mentions?: string[];
  /**
   * What a program has attached.
   */
  custom?: {};
  card?: Card;
}
/**
 * The message `target` is gone.
 */
export interface Recalled {
  ev: "recalled";
  id: number;
  conversation: string;
  target: number;
  from: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  by?: "moderator";
}
/**
 * A moderator's recall of the message `target` is undone. `sent`: the time of the message. Nothing of the
 *     message is there if it was erased since.
 */
export interface Restored {
  ev: "restored";
  id: number;
  conversation: string;
  target: number;
  from: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  mentions?: string[];
  forwarded?: Forwarded;
  /**
   * It makes no sound and is not pushed.
   */
  silent?: true;
  /**
   * What a program has attached.
   */
  custom?: {};
  kind?: "audio" | "bundle" | "card" | "emotion" | "file" | "location" | "picture" | "poll" | "text" | "video";
  content?: string;
  extension?: string;
  /**
   * Whole seconds since 1970.
   */
  sent?: number;
  reply?: number;
  by: "moderator";
  file?: File;
  place?: Place;
  bundle?: BundleCommand;
  card?: Card;
  poll?: Poll;
}
/**
 * `from` has given a reaction to the message `target`, or taken it back.
 */
export interface Reaction {
  ev: "reaction";
  id: number;
  conversation: string;
  target: number;
  from: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  emoji: string;
  on: boolean;
}
/**
 * Of a poll: how many have voted for each option, and the first of them by name; not in anonymous ones.
 *     `mine`: the options for which oneself has voted.
 */
export interface PollChanged {
  ev: "poll";
  conversation: string;
  target: number;
  id?: number;
  votes?: number[];
  voters?: string[][];
  mine?: number[];
  closed?: boolean;
}
/**
 * Something has changed in the group.
 */
export interface Notice {
  ev: "notice";
  id: number;
  conversation: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  joined?: string[];
  left?: string[];
  name?: string;
  notice?: string;
  picture?: boolean;
  nicknames?: string[];
  message_pinned?: number;
  message_unpinned?: number;
  custom?: {};
  roles?: {
    [k: string]: "admin" | "member" | "owner";
  };
  muted?: boolean;
  slow?: number;
  dissolved?: true;
  restored?: true;
  notice_by?: "admins" | "members";
  add_by?: "admins" | "members";
  approval?: boolean;
  history?: "all" | "joined";
  confirm?: boolean;
  by?: string;
}
/**
 * A moderator has done something to the person, or it has ended.
 */
export interface Standing {
  ev: "standing";
  id: number;
  muted?: boolean;
  muted_until?: number | null;
  banned?: boolean;
  warned?: true;
  conversation?: string;
  reason?: string;
}
/**
 * `user` has read everything in the conversation up to this id.
 */
export interface ReadUpTo {
  ev: "read";
  conversation: string;
  user: string;
  upto: number;
}
/**
 * The person has changed this of the conversation, one of two has pinned, or a picture has changed.
 */
export interface ConversationChanged {
  ev: "conversation";
  conversation: string;
  muted?: boolean;
  notify?: "all" | "mentions" | "none";
  pinned?: boolean;
  archived?: boolean;
  marked_unread?: boolean;
  remark?: string;
  draft?: string;
  removed?: true;
  cleared?: number;
  hidden?: number[];
  unhidden?: number[];
  starred?: number[];
  unstarred?: number[];
  stickers?: true;
  notice_confirmed?: number;
  message_pinned?: number;
  message_unpinned?: number;
  request?: boolean;
  picture?: string;
}
/**
 * How `user` stands to the person has changed, or whether the person has blocked them.
 */
export interface ContactChanged {
  ev: "contact";
  user: string;
  state: "contact" | "incoming" | "none" | "outgoing";
}
/**
 * `count` people ask to join the group, which the person manages.
 */
export interface RequestsChanged {
  ev: "requests";
  conversation: string;
  count: number;
}
/**
 * `from` is writing something.
 */
export interface Typing {
  ev: "typing";
  conversation: string;
  from: string;
}
/**
 * A bot is writing an answer: `content` is `more` of it, or all. `done`: a message follows, or none.
 */
export interface Growing {
  ev: "growing";
  conversation: string;
  from: string;
  answer: string;
  content?: string;
  more?: boolean;
  done?: true;
}
/**
 * The message `target` links to a page that says this of itself.
 */
export interface PreviewTold {
  ev: "preview";
  conversation: string;
  target: number;
  preview: Preview;
}
/**
 * What the page says of itself to which a message links.
 */
export interface Preview {
  url: string;
  title: string;
  description?: string;
  site?: string;
  picture?: string;
}
/**
 * One of those who are watched has come online, or gone.
 */
export interface Presence {
  ev: "presence";
  user: string;
  online: boolean;
}
/**
 * Everything up to this id has come.
 */
export interface CaughtUp {
  ev: "caught_up";
  id: number;
}
/**
 * What is between these ids cannot be had.
 */
export interface Gap {
  ev: "gap";
  from: number;
  to: number;
}
/**
 * The server is there.
 */
export interface Heartbeat {
  ev: "heartbeat";
  /**
   * Whole seconds since 1970.
   */
  time: number;
}
/**
 * What `ok` of the reply holds, by command.
 */
export interface Ok {
  hello?: ToHello;
  send?: ToSend;
  edit?: ToChange;
  forward?: ToForward;
  recall?: ToChange;
  react?: ToChange;
  press?: Done;
  vote?: ToChange;
  close_poll?: ToChange;
  read?: ToRead;
  ack?: Done;
  typing?: Done;
  grow?: Done;
  presence?: ToPresence;
  ping?: Done;
}
export interface ToHello {
  user: User;
  log: string;
  head: number;
  heartbeat: number;
  limits: {
    [k: string]: number;
  };
  features: string[];
}
export interface User {
  userid: string;
  nickname: string;
  avatar: string;
  bot?: boolean;
}
export interface ToSend {
  id: number;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  content?: string;
}
export interface ToChange {
  id: number;
  content?: string;
}
export interface ToForward {
  ids: number[];
}
/**
 * Nothing.
 */
export interface Done {}
export interface ToRead {
  unread: number;
}
export interface ToPresence {
  online: string[];
}
/**
 * Why a command was refused. `retry`: try again after so many seconds; `until`: when it ends.
 */
export interface Refusal {
  code: number;
  name: string;
  reason: string;
  retry?: number;
  /**
   * Whole seconds since 1970.
   */
  until?: number;
  why?: "unwanted";
}
export interface ApiMessage {
  id: number;
  conversation: string;
  from: string;
  kind: "emotion" | "video" | "picture" | "text" | "audio" | "file" | "location" | "bundle" | "card" | "poll";
  /**
   * Whole seconds since 1970.
   */
  time: number;
  /**
   * The message that it replies to.
   */
  reply?: number;
  /**
   * Of one's own messages: the name they were given.
   */
  cid?: string;
  /**
   * Members of the group; `*`: all of them.
   */
  mentions?: string[];
  forwarded?: Forwarded;
  /**
   * It makes no sound and is not pushed.
   */
  silent?: boolean;
  /**
   * What a program has attached.
   */
  custom?: {
    [k: string]: unknown;
  };
  content?: string;
  /**
   * What shipped apps read of it: only with `extension=true`.
   */
  extension?: string;
  file?: File;
  place?: Place;
  bundle?: BundleCommand;
  card?: Card;
  poll?: Poll;
  /**
   * The row that gave it its content.
   */
  edited: number | null;
  /**
   * Who has given each emoji: 20 of them, and the reader.
   */
  reactions: {
    [k: string]: string[];
  };
  /**
   * Of an emoji that more have given.
   */
  reaction_counts?: {
    [k: string]: number;
  };
  preview?: Preview;
  /**
   * It has no content.
   */
  recalled?: boolean;
  /**
   * Of one that a moderator has recalled.
   *
   * * `moderator` - moderator
   */
  by?: "moderator";
  /**
   * One has starred it.
   */
  starred?: boolean;
  /**
   * Of a last message: here is only the beginning of it.
   */
  cut?: boolean;
}
/**
 * What happened to a group, as the event `notice` says it.
 */
export interface ApiNotice {
  id: number;
  conversation: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  joined?: string[];
  left?: string[];
  name?: string;
  notice?: string;
  picture?: boolean;
  nicknames?: string[];
  message_pinned?: number;
  message_unpinned?: number;
  custom?: {
    [k: string]: unknown;
  };
  roles?: {
    /**
     * * `owner` - owner
     * * `admin` - admin
     * * `member` - member
     */
    [k: string]: "owner" | "admin" | "member";
  };
  muted?: boolean;
  slow?: number;
  dissolved?: boolean;
  restored?: boolean;
  notice_by?: "members" | "admins";
  add_by?: "members" | "admins";
  approval?: boolean;
  history?: "joined" | "all";
  confirm?: boolean;
  by?: string;
  kind: "notice";
}
export interface ApiConversation {
  /**
   * `u:<userid>` or `g:<groupid>`.
   */
  id: string;
  /**
   * True: the other person is a program.
   */
  bot?: boolean;
  title: string;
  picture: string;
  /**
   * The last message.
   */
  last: ApiMessage | null;
  /**
   * Messages of others after one's read mark; counted up to 1,000.
   */
  unread: number;
  /**
   * How many of these mention one.
   */
  mentioned: number;
  /**
   * One's read mark: an id.
   */
  read: number;
  /**
   * In the group; empty for a person.
   */
  role: string;
  /**
   * No notifications are wanted.
   */
  muted: boolean;
  /**
   * Of which messages notifications are wanted.
   *
   * * `all` - all
   * * `mentions` - mentions
   * * `none` - none
   */
  notify: "all" | "mentions" | "none";
  pinned: boolean;
  archived: boolean;
  /**
   * One has marked it as unread; reading ends it.
   */
  marked_unread: boolean;
  /**
   * What one calls this person; empty for groups.
   */
  remark: string;
  /**
   * What one has begun to write.
   */
  draft: string;
  /**
   * It waits apart: the other may not come onto one's list at once.
   */
  request: boolean;
  /**
   * It is off one's list until something new is written.
   */
  removed: boolean;
  /**
   * An id: one has cleared everything up to it for oneself.
   */
  cleared: number;
  /**
   * How many of its messages one has hidden from oneself.
   */
  hidden_count: number;
  /**
   * The other person's read mark; null if it is not told.
   */
  read_by_other: number | null;
  /**
   * How one came into the group, if nobody has written since.
   */
  joined: ApiNotice | null;
  /**
   * People who ask to join, if one may let them in.
   */
  requests?: number;
}
export interface ApiGroup {
  id: string;
  name: string;
  notice: string;
  picture: string;
  creator: string;
  /**
   * Only owners and admins may write.
   */
  muted: boolean;
  /**
   * The others may write once in so many seconds. 0: as often as elsewhere.
   */
  slow: number;
  /**
   * The picture was set, and is not made of the members'.
   */
  own_picture: boolean;
  /**
   * Which notice it is that is to be confirmed; 0: none.
   */
  notice_id: number;
  /**
   * One has confirmed it.
   */
  confirmed: boolean;
  /**
   * What one is called in this group; empty: as elsewhere.
   */
  nickname: string;
  /**
   * What programs have attached.
   */
  custom: {
    [k: string]: unknown;
  };
  /**
   * Who sets the notice: all members, or owners and admins.
   *
   * * `members` - members
   * * `admins` - admins
   */
  notice_by: "members" | "admins";
  /**
   * Who adds members: all members, or owners and admins.
   *
   * * `members` - members
   * * `admins` - admins
   */
  add_by: "members" | "admins";
  /**
   * Owners and admins decide about those who follow a link to the group.
   */
  approval: boolean;
  /**
   * What members may read: what was written since they `joined`, or `all`.
   *
   * * `joined` - joined
   * * `all` - all
   */
  history: "joined" | "all";
  /**
   * Members are asked to confirm the notice.
   */
  confirm: boolean;
}
export interface ApiMember {
  userid: string;
  /**
   * As the person has set it; empty: show the userid.
   */
  nickname: string;
  /**
   * A picture: the person's own, or the default one.
   */
  avatar: string;
  /**
   * True: a program. Else it is left out.
   */
  bot?: boolean;
  role: "owner" | "admin" | "member";
  /**
   * What they are called in the group; empty: as elsewhere.
   */
  group_nickname: string;
}
export interface ApiProfile {
  userid: string;
  /**
   * As the person has set it; empty: show the userid.
   */
  nickname: string;
  /**
   * A picture: the person's own, or the default one.
   */
  avatar: string;
  /**
   * True: a program. Else it is left out.
   */
  bot?: boolean;
}
export interface ApiStored {
  url: string;
  /**
   * The kind of a message with this file.
   *
   * * `picture` - picture
   * * `audio` - audio
   * * `video` - video
   */
  kind: "picture" | "audio" | "video";
  /**
   * The media type.
   */
  type: string;
  /**
   * In bytes.
   */
  size: number;
  width?: number;
  height?: number;
  seconds?: number;
  /**
   * A picture of the video.
   */
  poster?: string;
}
export interface ApiStoredDocument {
  /**
   * What a message of the kind `file` has as its content.
   */
  url?: string;
  kind: "file";
  name: string;
  /**
   * By its name.
   */
  type: string;
  /**
   * In bytes.
   */
  size: number;
  /**
   * A picture of its first page.
   */
  preview?: string;
  /**
   * It cannot be sent yet, and has no `url`.
   *
   * * `pieces` - pieces
   * * `scanner` - scanner
   * * `preview` - preview
   */
  waits_for?: "pieces" | "scanner" | "preview";
}
