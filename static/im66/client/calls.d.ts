// Made by clients/typescript/types.mjs from the OpenAPI document (manage.py openapi). Do not edit.

export type AnnouncementState = "running" | "stopped" | "done";
export type Kind =
  "emotion" | "video" | "picture" | "text" | "audio" | "file" | "location" | "bundle" | "card" | "poll";
export type ByEnum = "moderator";
export type NotifyEnum = "all" | "mentions" | "none";
export type PermittedRole = "members" | "admins";
export type HistoryEnum = "joined" | "all";
export type NoticeKindEnum = "notice";
export type MessageOrNotice = Message | Notice;
export type RoleEnum = "owner" | "admin" | "member";
export type ExportState = "none" | "waiting" | "making" | "done" | "failed";
export type FailureEnum = "no_space" | "too_large" | "error";
export type BlankEnum = "";
export type LoginKindEnum = "browser" | "apps";
export type Circle = "everybody" | "known" | "contacts" | "nobody";
export type StickerKindEnum = "picture" | "emotion";
export type RecalledEnum = "moderator" | "author" | "erased";
export type ReportState = "open" | "claimed" | "resolved";
export type CategoryEnum = "spam" | "abuse" | "sexual" | "violence" | "illegal" | "other";
export type MatchEnum = "literal" | "word" | "re2" | "host";
export type EffectEnum = "block" | "hold" | "mask" | "flag";
export type ScopeEnum = "everywhere" | "persons" | "groups" | "group";
export type StoredDocumentKindEnum = "file";
export type WaitsForEnum = "pieces" | "scanner" | "preview";
export type DeliveryStateEnum = "waiting" | "dead" | "arrived";
export type TurnActionEnum = "stop" | "resume";
export type Action = "accept" | "decline";
export type NewMessageKindEnum =
  "emotion" | "video" | "picture" | "text" | "audio" | "file" | "location" | "poll" | "card";
export type EntryActionActionEnum = "undo";
export type GroupActionActionEnum =
  | "mute"
  | "unmute"
  | "slow"
  | "keep"
  | "dissolve"
  | "restore"
  | "handover"
  | "edit"
  | "add"
  | "remove"
  | "clear_picture"
  | "clear_nicknames";
export type MessageActionActionEnum = "recall" | "restore" | "erase" | "release" | "discard";
export type Outcome = "dismiss" | "warn" | "recall" | "mute" | "ban" | "dissolve";
export type SeveralReportsActionEnum = "claim" | "resolve";
export type ReportActionActionEnum = "claim" | "release" | "resolve" | "note";
export type NullEnum = null;
export type PersonActionActionEnum = "mute" | "unmute" | "ban" | "unban" | "disconnect" | "warn";
export type StoredKindEnum = "picture" | "audio" | "video";
export type ResultEnum = "created" | "changed" | "same";
export type EventsEnum =
  | "message.created"
  | "message.edited"
  | "message.recalled"
  | "message.restored"
  | "reaction.added"
  | "reaction.removed"
  | "poll.changed"
  | "member.joined"
  | "member.left"
  | "member.removed"
  | "member.role"
  | "group.created"
  | "group.renamed"
  | "group.notice"
  | "group.picture"
  | "group.dissolved"
  | "group.restored"
  | "group.changed"
  | "person.muted"
  | "person.unmuted"
  | "person.banned"
  | "person.unbanned"
  | "person.warned"
  | "notice.due"
  | "report.created"
  | "moderation.action"
  | "presence.changed"
  | "card.pressed"
  | "join.requested";
export type ProviderEnum = "apns" | "fcm" | "getui" | "huawei" | "jpush" | "web" | "xiaomi";

/**
 * What `call` takes and answers, by method and path.
 */
export interface Calls {
  GET: {
    /**
     * The last 100, latest first.
     */
    announcements: {
      answer: AnnouncementList;
    };
    /**
     * How far it is.
     */
    "announcements/{announcement}": {
      path: {
        announcement: string | number;
      };
      answer: Announcement;
    };
    /**
     * Who may not write to one.
     */
    blocks: {
      answer: ProfileList;
    };
    /**
     * One's contacts by name, Chinese names in pinyin; all that begin with no letter, last.
     */
    contacts: {
      query?: {
        after?: string;
        limit?: number;
        q?: string;
      };
      answer: ContactPage;
    };
    /**
     * Those that wait for one, and one's own of the last 30 days, latest first.
     */
    "contacts/requests": {
      answer: ContactRequestList;
    };
    /**
     * A page of the conversations, latest first, archived ones too, without those that one has removed.
     * Of a long last message only the beginning. The order is that of the moment of the first page, so what
     * is written meanwhile makes one miss none; one that is new or cleared meanwhile comes last.
     */
    conversations: {
      query?: {
        after?: string;
        "custom.<name>"?: string;
        extension?: boolean;
        folder?: "main" | "archived" | "requests";
        ids?: string;
        limit?: number;
        q?: string;
      };
      answer: ConversationPage;
    };
    /**
     * One conversation.
     */
    "conversations/{conversation}": {
      path: {
        conversation: string | number;
      };
      query?: {
        extension?: boolean;
      };
      answer: Conversation;
    };
    /**
     * The commands that the bots there list. A text `/name` that mentions the bot asks for one.
     */
    "conversations/{conversation}/commands": {
      path: {
        conversation: string | number;
      };
      answer: BotCommandList;
    };
    /**
     * A page of messages, oldest first: without an id the last ones; before, after, or around an id, or
     * around a time. With notices, also what happened to a group: of the kind `notice`, otherwise as
     * their events.
     */
    "conversations/{conversation}/messages": {
      path: {
        conversation: string | number;
      };
      query?: {
        after?: number;
        around?: number;
        before?: number;
        extension?: boolean;
        kind?: string;
        limit?: number;
        mentioned?: boolean;
        notices?: boolean;
        time?: number;
      };
      answer: MessagePage;
    };
    /**
     * Who has read this message, as far as their read marks say it; in groups of at most 100 members.
     */
    "conversations/{conversation}/messages/{message}/readers": {
      path: {
        conversation: string | number;
        message: string | number;
      };
      answer: ProfileList;
    };
    /**
     * What people have answered to this poll.
     */
    "conversations/{conversation}/messages/{message}/votes": {
      path: {
        conversation: string | number;
        message: string | number;
      };
      answer: ShownResults;
    };
    /**
     * The pinned messages that one may read, pinned last first.
     */
    "conversations/{conversation}/pins": {
      path: {
        conversation: string | number;
      };
      query?: {
        extension?: boolean;
      };
      answer: PinnedMessageList;
    };
    /**
     * A group that one is in.
     */
    "groups/{group}": {
      path: {
        group: string | number;
      };
      answer: Group;
    };
    /**
     * Who has confirmed the notice, and who has not, as owners and admins see it.
     */
    "groups/{group}/confirmations": {
      path: {
        group: string | number;
      };
      answer: ConfirmationList;
    };
    /**
     * The bots of a group, for its owners and admins.
     */
    "groups/{group}/hooks": {
      path: {
        group: string | number;
      };
      answer: HookList;
    };
    /**
     * The commands of a bot whose calls go to a URL, for owners and admins of its group.
     */
    "groups/{group}/hooks/{hook}/commands": {
      path: {
        group: string | number;
        hook: string | number;
      };
      answer: SlashCommandList;
    };
    /**
     * The links that let people into the group now, as owners and admins see them.
     */
    "groups/{group}/links": {
      path: {
        group: string | number;
      };
      answer: LinkList;
    };
    /**
     * A page of the members, in the order in which they joined.
     */
    "groups/{group}/members": {
      path: {
        group: string | number;
      };
      query?: {
        after?: string;
        limit?: number;
      };
      answer: MemberPage;
    };
    /**
     * A page of those who ask to join, oldest first, as owners and admins see it.
     */
    "groups/{group}/requests": {
      path: {
        group: string | number;
      };
      query?: {
        after?: string;
        limit?: number;
      };
      answer: JoinRequestPage;
    };
    /**
     * What the link leads to.
     */
    "join/{code}": {
      path: {
        code: string | number;
      };
      answer: GroupInvitation;
    };
    /**
     * Who calls, and whether that person may write.
     */
    me: {
      answer: MyProfile;
    };
    /**
     * What one's own account is like, and what one may do with it.
     */
    "me/account": {
      answer: Account;
    };
    /**
     * Whether and when one's account will be deleted, and who owns one's groups then.
     */
    "me/deletion": {
      answer: Deletion;
    };
    /**
     * How far the copy of one's data is.
     */
    "me/export": {
      answer: Export;
    };
    /**
     * Where the person is logged in: each browser, the latest first, and then all apps together.
     */
    "me/logins": {
      answer: LoginList;
    };
    /**
     * Who may reach one: everybody, those whom one knows, one's contacts, nobody. One knows the people
     * with whom one is in a group, to whom one has written, or whose conversation one has accepted.
     */
    "me/privacy": {
      answer: Privacy;
    };
    /**
     * One's own devices that are woken, without their tokens.
     */
    "me/push-devices": {
      answer: PushDeviceList;
    };
    /**
     * All of them, the newest first. One goes when the message from which one has saved it is
     * recalled.
     */
    "me/stickers": {
      answer: StickerList;
    };
    /**
     * Texts that have all the words, newest first. The last word may be the beginning of one, unless a
     * sign follows it. Of what was written in the last second or so, not
     * all may be found yet. Those of a page that are very long make it shorter. A search that takes long
     * stops on its way: then there may be few items or none, and `more` is true. To go on, ask again with
     * the `before` of the reply. Without words, messages of any kind in one conversation that have a value
     * attached.
     */
    "messages/search": {
      query?: {
        before?: number;
        conversation?: string;
        "custom.<name>"?: string;
        extension?: boolean;
        from?: string;
        kind?: "emotion" | "video" | "picture" | "text" | "audio" | "file" | "location" | "bundle" | "card" | "poll";
        limit?: number;
        q?: string;
      };
      answer: FoundMessages;
    };
    /**
     * What was done at the desk, latest first, and what was refused.
     */
    "moderation/audit": {
      query?: {
        acted_for?: string;
        action?: string;
        actor?: string;
        before?: number;
        limit?: number;
        target?: string;
      };
      answer: AuditEntryList;
    };
    /**
     * A group, also a dissolved one.
     */
    "moderation/groups/{group}": {
      path: {
        group: string | number;
      };
      answer: GroupAtTheDesk;
    };
    /**
     * A message between the last ten before and the first ten after it in its conversation.
     */
    "moderation/messages/{message}": {
      path: {
        message: string | number;
      };
      query?: {
        reason?: string;
      };
      answer: MessageAtTheDeskList;
    };
    /**
     * The reasons to choose from, which administrators have written.
     */
    "moderation/reasons": {
      answer: ReasonTemplateList;
    };
    /**
     * The reports in a state: what waits longest comes first, of resolved ones what was resolved last.
     */
    "moderation/reports": {
      query?: {
        about?: string;
        after?: number;
        category?: "spam" | "abuse" | "sexual" | "violence" | "illegal" | "other";
        group?: string;
        limit?: number;
        reporter?: string;
        state?: "open" | "claimed" | "resolved";
      };
      answer: ReportList;
    };
    /**
     * One report, with what was said of it. Who has reported it is only for those who may see that. If it
     * has messages between two people, the audit log gets a line.
     */
    "moderation/reports/{report}": {
      path: {
        report: string | number;
      };
      answer: WholeReport;
    };
    /**
     * The rules, latest first.
     */
    "moderation/rules": {
      query?: {
        before?: number;
        limit?: number;
      };
      answer: RuleList;
    };
    /**
     * One rule.
     */
    "moderation/rules/{rule}": {
      path: {
        rule: string | number;
      };
      answer: Rule;
    };
    /**
     * Where a person stands, with how much was reported by and about them.
     */
    "moderation/users/{userid}": {
      path: {
        userid: string | number;
      };
      answer: PersonAtTheDesk;
    };
    /**
     * From where a person has logged in lately, and who else did from there, which many may share. The
     * audit log gets a line.
     */
    "moderation/users/{userid}/addresses": {
      path: {
        userid: string | number;
      };
      answer: SharedAddressList;
    };
    /**
     * What a ban with `recall_hours` would recall. Changes nothing.
     */
    "moderation/users/{userid}/recent": {
      path: {
        userid: string | number;
      };
      query: {
        hours: number;
      };
      answer: Recallable;
    };
    /**
     * What a browser needs to subscribe.
     */
    push: {
      answer: PushKey;
    };
    /**
     * Those of all conversations that one may read, newest first. To go on, ask again with the `before`
     * of the reply.
     */
    stars: {
      query?: {
        before?: number;
        extension?: boolean;
        limit?: number;
      };
      answer: FoundMessages;
    };
    /**
     * What became of the file: when all of it has come, the object that `uploads` gives. 202 while it
     * cannot be sent yet.
     */
    "uploads/files/{upload}": {
      path: {
        upload: string | number;
      };
      answer: StoredDocument;
    };
    /**
     * People by what they are called, or by their userids: who does not exist is left out. A key for
     * `people` reads all of them too, a page at a time, with what only such keys read.
     */
    users: {
      query?: {
        after?: string;
        ids?: string;
        limit?: number;
        q?: string;
      };
      answer: DirectoryPersonPage;
    };
    /**
     * One person. Keys for `people` read mail address, ban and custom fields as well.
     */
    "users/{userid}": {
      path: {
        userid: string | number;
      };
      answer: DirectoryPerson;
    };
    /**
     * All webhooks.
     */
    webhooks: {
      answer: WebhookList;
    };
    /**
     * One of them.
     */
    "webhooks/{webhook}": {
      path: {
        webhook: string | number;
      };
      answer: Webhook;
    };
    /**
     * What it was sent, what waits and what was given up, latest first.
     */
    "webhooks/{webhook}/deliveries": {
      path: {
        webhook: string | number;
      };
      query?: {
        before?: number;
        state?: "waiting" | "dead" | "arrived";
      };
      answer: DeliveryList;
    };
  };
  POST: {
    /**
     * Send a text from the service's own account to everybody, or to those who meet all of the filter.
     */
    announcements: {
      query?: {
        dry_run?: boolean;
      };
      body: NewAnnouncement;
      answer: AnnouncementOrCount | Announcement;
    };
    /**
     * Stop it, or go on where it was stopped.
     */
    "announcements/{announcement}": {
      path: {
        announcement: string | number;
      };
      body: Turn;
      answer: Announcement;
    };
    /**
     * Ask somebody to be contacts of each other. The same person is asked once in 30 days; until then the
     * answer is the request that there is.
     */
    "contacts/requests": {
      body: NewRequest;
      answer: ContactRequest;
    };
    /**
     * Accept it: both are contacts of each other then. Or decline it, of which the other is not told.
     */
    "contacts/requests/{asked}": {
      path: {
        asked: string | number;
      };
      body: ContactAnswer;
      answer: undefined;
    };
    /**
     * Show oneself nothing of it up to this id any more, on all devices: neither in histories nor in
     * search. Others still have it. It cannot be undone.
     */
    "conversations/{conversation}/clear": {
      path: {
        conversation: string | number;
      };
      body: NewMark;
      answer: Cleared;
    };
    /**
     * Show oneself these messages no more, on all devices: neither in histories nor in search. Others
     * still have them. `unhide` undoes it.
     */
    "conversations/{conversation}/hide": {
      path: {
        conversation: string | number;
      };
      body: TheseMessages;
      answer: HiddenMessages;
    };
    /**
     * Send a message. The same cid again: the same answer, and nothing is sent.
     */
    "conversations/{conversation}/messages": {
      path: {
        conversation: string | number;
      };
      body: NewMessage;
      answer: Sent;
    };
    /**
     * Take no more answers to a poll: its author, and in a group owners and admins.
     */
    "conversations/{conversation}/messages/{message}/votes/close": {
      path: {
        conversation: string | number;
        message: string | number;
      };
      answer: Changed;
    };
    /**
     * Show oneself these messages again, on all devices.
     */
    "conversations/{conversation}/unhide": {
      path: {
        conversation: string | number;
      };
      body: TheseMessages;
      answer: UnhiddenMessages;
    };
    /**
     * Make a group, which the person who calls owns. Its notice is set by owners and admins.
     */
    groups: {
      body: NewGroup;
      answer: Group;
    };
    /**
     * Make a bot that writes in the group, as owners and admins may. It posts to `/hooks/` with `token`
     * as its Bearer token.
     */
    "groups/{group}/hooks": {
      path: {
        group: string | number;
      };
      body: NewHook;
      answer: MadeHook;
    };
    /**
     * Make a link by which people join the group, as owners and admins may.
     */
    "groups/{group}/links": {
      path: {
        group: string | number;
      };
      body?: NewLink;
      answer: Link;
    };
    /**
     * Add people, as any member may; who is in the group already stays. Answers with the first page of
     * the members.
     */
    "groups/{group}/members": {
      path: {
        group: string | number;
      };
      body: NewMembers;
      answer: MemberPage;
    };
    /**
     * Let somebody in who asks to join, or not.
     */
    "groups/{group}/requests": {
      path: {
        group: string | number;
      };
      body: Answer;
      answer: undefined;
    };
    /**
     * Join the group, or ask its owners and admins to: where they decide, or have removed one before.
     * Doing it again changes nothing.
     */
    "join/{code}": {
      path: {
        code: string | number;
      };
      answer: GroupInvitation;
    };
    /**
     * Have a copy of one's data made: a ZIP, once a day.
     */
    "me/export": {
      body?: ExportWish;
      answer: Export;
    };
    /**
     * Which browser shows the code, to be said to the person before they confirm or refuse.
     */
    "me/logins/code": {
      body: SignInCode;
      answer: AskingBrowser;
    };
    /**
     * The browser signs in as the caller. Somebody with a second factor shows it there.
     */
    "me/logins/code/confirm": {
      body: SignInCode;
      answer: undefined;
    };
    /**
     * The code lets nobody in any more.
     */
    "me/logins/code/refuse": {
      body: SignInCode;
      answer: undefined;
    };
    /**
     * Undo an action: a mute, a ban with what it has recalled, a group's mute, slow mode or end, or a
     * recall. 409 if it is undone already, or somebody has set the same anew since.
     */
    "moderation/audit/{entry}": {
      path: {
        entry: string | number;
      };
      body: EntryAction;
      answer: Done;
    };
    /**
     * Act on a group. Doing it again changes nothing.
     */
    "moderation/groups/{group}": {
      path: {
        group: string | number;
      };
      body: GroupAction;
      answer: Done;
    };
    /**
     * Act on a message. Recalling or restoring it again changes nothing; erasing it is for good. One that
     * a rule holds is released, and then has a new id, or discarded.
     */
    "moderation/messages/{message}": {
      path: {
        message: string | number;
      };
      body: MessageAction;
      answer: Done;
    };
    /**
     * Claim or resolve several reports, and say of each what came of it. What is done to a person is done
     * once, and is one strike, however many of the reports are about the person.
     */
    "moderation/reports": {
      body: SeveralReports;
      answer: DoneToSeveral;
    };
    /**
     * Claim a report, release it, note something on it for other moderators, or resolve it: then what the
     * outcomes say is done, and those who have reported it are told that it was dealt with.
     */
    "moderation/reports/{report}": {
      path: {
        report: string | number;
      };
      body: ReportAction;
      answer: Done;
    };
    /**
     * Add a rule. One that is there already is answered with 200 and its id.
     */
    "moderation/rules": {
      body: NewRule;
      answer: MadeRule;
    };
    /**
     * What would happen to a text. Nothing is stored.
     */
    "moderation/rules/try": {
      body: NewTrial;
      answer: Trial;
    };
    /**
     * Act on a person, who is told what was done and why. Doing it again changes nothing.
     */
    "moderation/users/{userid}": {
      path: {
        userid: string | number;
      };
      body: PersonAction;
      answer: Done;
    };
    /**
     * Report a message that one may read, a person, or a group that one is or was in, to the moderators.
     * A second report of the same changes nothing.
     */
    reports: {
      body: NewReport;
      answer: undefined;
    };
    /**
     * Store a file. What it is, its content says.
     */
    uploads: {
      body: FormData;
      answer: Stored;
    };
    /**
     * Make a person, or make the person what is said here.
     */
    users: {
      body: DescribedPerson;
      answer: WrittenPerson;
    };
    /**
     * Make up to 1,000 people what is said here, as an array or as lines of JSON. Answers in their
     * order.
     */
    "users/bulk": {
      query?: {
        dry_run?: boolean;
      };
      body: DescribedPerson[];
      answer: PersonOutcomeList;
    };
    /**
     * Make one. The server sends events there from now on.
     */
    webhooks: {
      body: NewWebhook;
      answer: MadeWebhook;
    };
    /**
     * Send the events of the log after this position again.
     */
    "webhooks/{webhook}/replay": {
      path: {
        webhook: string | number;
      };
      body: Position;
      answer: Webhook;
    };
    /**
     * Send these again, whether they were given up or have arrived; those that wait are sent at once.
     */
    "webhooks/{webhook}/resend": {
      path: {
        webhook: string | number;
      };
      body: Chosen;
      answer: SentAgain;
    };
  };
  PUT: {
    /**
     * This person may no longer write to one. Groups stay as they are.
     */
    "blocks/{userid}": {
      path: {
        userid: string | number;
      };
      answer: undefined;
    };
    /**
     * This person is among one's contacts. If the person has asked for it, one becomes theirs.
     */
    "contacts/{userid}": {
      path: {
        userid: string | number;
      };
      answer: undefined;
    };
    /**
     * Answer this poll, in the place of what one has answered before.
     */
    "conversations/{conversation}/messages/{message}/votes": {
      path: {
        conversation: string | number;
        message: string | number;
      };
      body: Vote;
      answer: Changed;
    };
    /**
     * Pin a message for everybody in the conversation: as owners and admins of a group may, or either of
     * two people. At most 20.
     */
    "conversations/{conversation}/pins": {
      path: {
        conversation: string | number;
      };
      body: NewPin;
      answer: undefined;
    };
    /**
     * Everything up to this id is read. A mark never falls, nor goes beyond the last message.
     */
    "conversations/{conversation}/read": {
      path: {
        conversation: string | number;
      };
      body: NewMark;
      answer: Marked;
    };
    /**
     * Star a message for oneself, on all devices. At most 1,000 in all.
     */
    "conversations/{conversation}/stars": {
      path: {
        conversation: string | number;
      };
      body: NewPin;
      answer: undefined;
    };
    /**
     * One has read the notice.
     */
    "groups/{group}/confirmations": {
      path: {
        group: string | number;
      };
      body: Confirmed;
      answer: undefined;
    };
    /**
     * Set them, as owners and admins may; they replace all commands that the bot lists.
     */
    "groups/{group}/hooks/{hook}/commands": {
      path: {
        group: string | number;
        hook: string | number;
      };
      body: SlashCommands;
      answer: SigningSecret;
    };
    /**
     * Make a group under the name that it has elsewhere, or make the group what is said here: who is not
     * among `members` leaves. Both are needed for a new group, which the first member owns.
     */
    "groups/by-id/{foreign}": {
      path: {
        foreign: string | number;
      };
      body?: DirectoryGroup;
      answer: WrittenGroup;
    };
    /**
     * Wake this device when there are messages that have reached no device of the person who calls. It
     * ends with the login, and when the service no longer knows it.
     */
    "me/push-devices/{device}": {
      path: {
        device: string | number;
      };
      body: NewDevice;
      answer: PushDevice;
    };
    /**
     * Save the picture or the emotion of a message, once. At most 200.
     */
    "me/stickers": {
      body: NewPin;
      answer: undefined;
    };
    /**
     * Wake this browser when there are messages that have reached no device of the person who calls.
     */
    "push/subscriptions": {
      body: Subscription;
      answer: undefined;
    };
  };
  DELETE: {
    /**
     * This person may write to one again.
     */
    "blocks/{userid}": {
      path: {
        userid: string | number;
      };
      answer: undefined;
    };
    /**
     * This person is none of one's contacts. One may stay theirs.
     */
    "contacts/{userid}": {
      path: {
        userid: string | number;
      };
      answer: undefined;
    };
    /**
     * Take it off one's list until something new is written. The messages stay.
     */
    "conversations/{conversation}": {
      path: {
        conversation: string | number;
      };
      answer: undefined;
    };
    /**
     * Take one's answer back.
     */
    "conversations/{conversation}/messages/{message}/votes": {
      path: {
        conversation: string | number;
        message: string | number;
      };
      answer: Changed;
    };
    /**
     * Pin a message no more, as those may who may pin it.
     */
    "conversations/{conversation}/pins": {
      path: {
        conversation: string | number;
      };
      query: {
        message: number;
      };
      answer: undefined;
    };
    /**
     * Star a message no more.
     */
    "conversations/{conversation}/stars": {
      path: {
        conversation: string | number;
      };
      query: {
        message: number;
      };
      answer: undefined;
    };
    /**
     * Dissolve the group, as its owners may.
     */
    "groups/{group}": {
      path: {
        group: string | number;
      };
      answer: undefined;
    };
    /**
     * Revoke it: nobody writes by it any more, and the bot leaves the group.
     */
    "groups/{group}/hooks/{hook}": {
      path: {
        group: string | number;
        hook: string | number;
      };
      answer: undefined;
    };
    /**
     * Nobody joins by this link any more. Who has joined stays.
     */
    "groups/{group}/links/{code}": {
      path: {
        code: string | number;
        group: string | number;
      };
      answer: undefined;
    };
    /**
     * Leave, or remove somebody, as owners and admins may.
     */
    "groups/{group}/members/{userid}": {
      path: {
        group: string | number;
        userid: string | number;
      };
      answer: undefined;
    };
    /**
     * Have one's account deleted after some days, in which one can sign in and keep it. The body has
     * `password`; who has none must have signed in, or got the token, within ten minutes. All logins end.
     */
    me: {
      body?: Proof;
      answer: Deletion;
    };
    /**
     * Keep the account.
     */
    "me/deletion": {
      answer: undefined;
    };
    /**
     * End all others: browsers, and everything that shows a token. Whoever calls with a token needs a new
     * one.
     */
    "me/logins": {
      answer: undefined;
    };
    /**
     * End one. Its sockets close at once. Ending one that has ended does no harm.
     */
    "me/logins/{login}": {
      path: {
        login: string | number;
      };
      answer: undefined;
    };
    /**
     * Wake it no more.
     */
    "me/push-devices/{device}": {
      path: {
        device: string | number;
      };
      answer: undefined;
    };
    /**
     * Keep it no more.
     */
    "me/stickers/{sticker}": {
      path: {
        sticker: string | number;
      };
      answer: undefined;
    };
    /**
     * Remove a rule for good.
     */
    "moderation/rules/{rule}": {
      path: {
        rule: string | number;
      };
      query: {
        reason: string;
      };
      answer: undefined;
    };
    /**
     * Wake it no more.
     */
    "push/subscriptions": {
      body: Subscription;
      answer: undefined;
    };
    /**
     * Erase the person, and all that they wrote, for good. Answers 202 while that goes on in the
     * background, and 204 when it is done; ask again to see.
     */
    "users/{userid}": {
      path: {
        userid: string | number;
      };
      answer: undefined;
    };
    /**
     * Remove it, with what waits for it.
     */
    "webhooks/{webhook}": {
      path: {
        webhook: string | number;
      };
      answer: undefined;
    };
    /**
     * Stop sending events again.
     */
    "webhooks/{webhook}/replay": {
      path: {
        webhook: string | number;
      };
      answer: undefined;
    };
  };
  PATCH: {
    /**
     * Say of which messages one is notified, pin or archive it for oneself, mark it as unread, keep a
     * draft of what one writes there, or give the person a name that only one sees. One's other devices get
     * the event `conversation`.
     */
    "conversations/{conversation}": {
      path: {
        conversation: string | number;
      };
      body?: PatchedWishes;
      answer: Conversation;
    };
    /**
     * Give a card another content, at any time: a backend with an API key that acts for its author.
     */
    "conversations/{conversation}/messages/{message}": {
      path: {
        conversation: string | number;
        message: string | number;
      };
      body?: PatchedNewCard;
      answer: Changed;
    };
    /**
     * Change the name, as any member may who writes there; the notice, as those of them may whom
     * `notice_by` names; one's own nickname there; everything else, as owners and admins may.
     */
    "groups/{group}": {
      path: {
        group: string | number;
      };
      body?: PatchedGroupChanges;
      answer: Group;
    };
    /**
     * Give a member a role, as owners may.
     */
    "groups/{group}/members/{userid}": {
      path: {
        group: string | number;
        userid: string | number;
      };
      body?: PatchedNewRole;
      answer: Member;
    };
    /**
     * Change one's own nickname, picture, quiet hours, or what pushes show.
     */
    me: {
      body?: PatchedMyChanges;
      answer: MyProfile;
    };
    /**
     * Change it. Others who may not write get the error `not_allowed` with `why: "unwanted"`, or
     * `not_found` if they may not find one either.
     */
    "me/privacy": {
      body?: PatchedPrivacyChanges;
      answer: Privacy;
    };
    /**
     * Change a rule, or switch it off or on.
     */
    "moderation/rules/{rule}": {
      path: {
        rule: string | number;
      };
      body?: PatchedRuleChanges;
      answer: Rule;
    };
    /**
     * Change what is said, and keep the rest.
     */
    "users/{userid}": {
      path: {
        userid: string | number;
      };
      body?: PatchedPersonChanges;
      answer: WrittenPerson;
    };
    /**
     * Change it.
     */
    "webhooks/{webhook}": {
      path: {
        webhook: string | number;
      };
      body?: PatchedWebhookChanges;
      answer: Webhook;
    };
  };
}
export interface AnnouncementList {
  items: Announcement[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Announcement {
  id: number;
  name: string;
  text: string;
  state: AnnouncementState;
  /**
   * How many people it was for when it began.
   */
  total: number;
  sent: number;
  /**
   * Why the server has stopped it.
   */
  problem: string;
  made: number;
}
export interface ProfileList {
  items: Profile[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Profile {
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
export interface ContactPage {
  items: Contact[];
  /**
   * There are more.
   */
  more: boolean;
  /**
   * What to ask for as `after` to go on.
   */
  next: string | null;
}
export interface Contact {
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
  /**
   * What one calls this person.
   */
  remark: string;
  /**
   * The letter under which a list has it, in pinyin; or `#`.
   */
  initial: string;
}
export interface ContactRequestList {
  items: ContactRequest[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface ContactRequest {
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
  id: number;
  text: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  /**
   * One has asked this person; else the person has asked.
   */
  mine: boolean;
  /**
   * Else it waits, as far as one is told.
   */
  accepted: boolean;
}
export interface ConversationPage {
  counts?: ConversationCounts;
  items: Conversation[];
  /**
   * There are more.
   */
  more: boolean;
  /**
   * What to ask for as `after` to go on.
   */
  next: string | null;
}
export interface ConversationCounts {
  /**
   * Messages in the main folder where notifications are wanted; a conversation that is marked as unread counts as one.
   */
  unread: number;
  /**
   * Conversations in this folder.
   */
  archived: number;
  /**
   * Conversations in this folder.
   */
  requests: number;
}
export interface Conversation {
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
  last: Message | null;
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
  notify: NotifyEnum;
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
  joined: Notice | null;
  /**
   * People who ask to join, if one may let them in.
   */
  requests?: number;
}
export interface Message {
  id: number;
  conversation: string;
  from: string;
  kind: Kind;
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
  forwarded?: ShownForwarded;
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
  file?: ShownFile;
  place?: ShownPlace;
  bundle?: ShownBundle;
  card?: ShownCard;
  poll?: ShownPoll;
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
  preview?: ShownPreview;
  /**
   * It has no content.
   */
  recalled?: boolean;
  /**
   * Of one that a moderator has recalled.
   *
   * * `moderator` - moderator
   */
  by?: ByEnum;
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
 * Who wrote it first, and when.
 */
export interface ShownForwarded {
  from: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
}
/**
 * What a message of the kind `file` has besides the address.
 */
export interface ShownFile {
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
export interface ShownPlace {
  name: string;
  address: string;
}
export interface ShownBundle {
  title: string;
  items: ShownItem[];
}
export interface ShownItem {
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
export interface ShownCard {
  title: string;
  text: string;
  url: string;
  fields: ShownCardField[];
  picture?: string;
  actions?: ShownCardAction[];
}
/**
 * A line of a card.
 */
export interface ShownCardField {
  name: string;
  value: string;
}
/**
 * A button of a card.
 */
export interface ShownCardAction {
  id: string;
  label: string;
}
/**
 * What a message of the kind `poll` has besides the question.
 */
export interface ShownPoll {
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
 * What the page says of itself to which a message links.
 */
export interface ShownPreview {
  url: string;
  title: string;
  description?: string;
  site?: string;
  picture?: string;
}
/**
 * What happened to a group, as the event `notice` says it.
 */
export interface Notice {
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
    [k: string]: "owner" | "admin" | "member";
  };
  muted?: boolean;
  slow?: number;
  dissolved?: boolean;
  restored?: boolean;
  notice_by?: PermittedRole;
  add_by?: PermittedRole;
  approval?: boolean;
  history?: HistoryEnum;
  confirm?: boolean;
  by?: string;
  kind: NoticeKindEnum;
}
export interface BotCommandList {
  items: BotCommand[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface BotCommand {
  /**
   * The userid of the bot that lists it.
   */
  bot: string;
  /**
   * What stands after the `/`.
   */
  name: string;
  description: string;
}
export interface MessagePage {
  items: MessageOrNotice[];
  /**
   * There are more.
   */
  more: boolean;
}
/**
 * Of a poll: how many have voted for each option, and the first of them by name; not in anonymous ones.
 * `mine`: the options for which oneself has voted.
 */
export interface ShownResults {
  votes?: number[];
  voters?: string[][];
  mine?: number[];
  closed?: boolean;
}
export interface PinnedMessageList {
  items: PinnedMessage[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface PinnedMessage {
  id: number;
  conversation: string;
  from: string;
  kind: Kind;
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
  forwarded?: ShownForwarded;
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
  file?: ShownFile;
  place?: ShownPlace;
  bundle?: ShownBundle;
  card?: ShownCard;
  poll?: ShownPoll;
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
  preview?: ShownPreview;
  /**
   * It has no content.
   */
  recalled?: boolean;
  /**
   * Of one that a moderator has recalled.
   *
   * * `moderator` - moderator
   */
  by?: ByEnum;
  /**
   * One has starred it.
   */
  starred?: boolean;
  /**
   * Of a last message: here is only the beginning of it.
   */
  cut?: boolean;
  /**
   * Who has pinned it.
   */
  pinned_by: string;
  /**
   * When: whole seconds since 1970.
   */
  pinned_at: number;
}
export interface Group {
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
  notice_by: PermittedRole;
  /**
   * Who adds members: all members, or owners and admins.
   *
   * * `members` - members
   * * `admins` - admins
   */
  add_by: PermittedRole;
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
  history: HistoryEnum;
  /**
   * Members are asked to confirm the notice.
   */
  confirm: boolean;
}
export interface ConfirmationList {
  items: Confirmation[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Confirmation {
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
  /**
   * When they confirmed it: whole seconds since 1970; null: not yet.
   */
  time: number | null;
}
export interface HookList {
  items: Hook[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Hook {
  id: string;
  name: string;
  /**
   * Of the bot.
   */
  userid: string;
}
export interface SlashCommandList {
  items: SlashCommand[];
  /**
   * There are more.
   */
  more: boolean;
}
/**
 * A command whose calls go to a URL.
 */
export interface SlashCommand {
  name: string;
  description?: string;
  /**
   * Gets a POST for each call: a public address.
   */
  url: string;
}
export interface LinkList {
  items: Link[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Link {
  code: string;
  /**
   * What people open in a browser.
   */
  url: string;
  expires: number | null;
  /**
   * How many people may follow it.
   */
  uses: number | null;
  /**
   * How many have followed it.
   */
  used: number;
  /**
   * Who has made it.
   */
  by: string;
}
export interface MemberPage {
  items: Member[];
  /**
   * There are more.
   */
  more: boolean;
  /**
   * What to ask for as `after` to go on.
   */
  next: string | null;
}
export interface Member {
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
  role: RoleEnum;
  /**
   * What they are called in the group; empty: as elsewhere.
   */
  group_nickname: string;
}
export interface JoinRequestPage {
  items: JoinRequest[];
  /**
   * There are more.
   */
  more: boolean;
  /**
   * What to ask for as `after` to go on.
   */
  next: string | null;
}
export interface JoinRequest {
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
  /**
   * When they asked: whole seconds since 1970.
   */
  time: number;
}
export interface GroupInvitation {
  /**
   * Its id; empty unless one is in it.
   */
  group: string;
  name: string;
  picture: string;
  members: number;
  /**
   * Owners and admins decide about those who follow it.
   */
  approval: boolean;
  /**
   * `member` if one is in the group, `asked` if one has asked to be; empty for neither.
   */
  state: string;
}
/**
 * What is said of whoever may read but not write.
 */
export interface MyProfile {
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
  /**
   * True, or nothing is said of all this.
   */
  muted?: boolean;
  /**
   * A second since 1970; null: for good.
   */
  muted_until?: number | null;
  /**
   * What a moderator said about it.
   */
  reason?: string;
  /**
   * When the person is not told of messages.
   */
  quiet: QuietHours | null;
  /**
   * Whether pushes to devices show what messages say.
   */
  push_text: boolean;
}
export interface QuietHours {
  from: string;
  to: string;
  /**
   * By its name in the IANA database.
   */
  zone: string;
}
export interface Account {
  /**
   * Empty: none.
   */
  email: string;
  /**
   * Whether the person has confirmed the address.
   */
  confirmed: boolean;
  /**
   * Whether the person has one.
   */
  password: boolean;
  /**
   * Whether this server sends mail to people.
   */
  mail: boolean;
  /**
   * Where people find help; empty: not said.
   */
  contact: string;
  /**
   * Whether people may get a copy of their data.
   */
  exports: boolean;
  /**
   * The second factors; null: this server has none.
   */
  factors: Factors | null;
  deletion: Deletion;
}
export interface Factors {
  /**
   * An app with codes.
   */
  app: boolean;
  passkeys: number;
  /**
   * Recovery codes that are left.
   */
  codes: number;
}
export interface Deletion {
  allowed: boolean;
  /**
   * So long after it was asked for.
   */
  days: number;
  /**
   * A second since 1970; null: not asked for.
   */
  due: number | null;
  /**
   * Groups that only this person owns.
   */
  groups: Successor[];
}
export interface Successor {
  group: string;
  name: string;
  /**
   * The userid of who owns it then; empty: it is dissolved.
   */
  owner: string;
}
export interface Export {
  state: ExportState;
  asked: number | null;
  /**
   * When it is removed.
   */
  expires: number | null;
  /**
   * In bytes.
   */
  size: number | null;
  /**
   * Why it waits (`no_space`) or has failed: not enough space on the server, too large to be made there, or an error.
   *
   * * `` -
   * * `no_space` - no_space
   * * `too_large` - too_large
   * * `error` - error
   */
  failure: FailureEnum | BlankEnum;
}
export interface LoginList {
  items: Login[];
  /**
   * From where anything of this person has connected.
   */
  connections: LastConnection[];
}
export interface Login {
  id: string;
  /**
   * `apps`: all that shows tokens. They can only be ended together.
   *
   * * `browser` - browser
   * * `apps` - apps
   */
  kind: LoginKindEnum;
  /**
   * Whether it is the one of the caller.
   */
  current: boolean;
  /**
   * As people call it; empty: not known.
   */
  browser: string;
  /**
   * Likewise.
   */
  system: string;
  /**
   * As far as the server keeps it; empty: it does not.
   */
  address: string;
  /**
   * When it began; null: not known.
   */
  time: number | null;
  /**
   * Of apps: the names they have given.
   */
  devices?: string[];
}
export interface LastConnection {
  address: string;
  /**
   * A second since 1970.
   */
  time: number;
}
export interface Privacy {
  /**
   * Write to one, and send contact requests unless it is nobody.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  write: Circle;
  /**
   * Find one. Those whom one knows get one's profile all the same, but not by a search.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  find: Circle;
  /**
   * Put one into groups, if they may write to one too.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  invite: Circle;
  /**
   * Come onto one's list at once. Conversations that others begin wait as requests.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  direct: Circle;
}
export interface PushDeviceList {
  items: PushDevice[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface PushDevice {
  id: string;
  provider: string;
  app: string;
  language: string;
  time_zone: string;
  /**
   * Whether it has a key.
   */
  encrypted: boolean;
  /**
   * When it was woken last; null: never.
   */
  pushed: number | null;
  /**
   * How often in a row it could not be reached.
   */
  failures: number;
}
export interface StickerList {
  items: Sticker[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Sticker {
  id: number;
  /**
   * Send it as such a message.
   *
   * * `picture` - picture
   * * `emotion` - emotion
   */
  kind: StickerKindEnum;
  content: string;
}
export interface FoundMessages {
  items: Message[];
  /**
   * There may be more.
   */
  more: boolean;
  /**
   * If there may be more: what to ask for as `before` to go on.
   */
  before?: number;
}
export interface AuditEntryList {
  items: AuditEntry[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface AuditEntry {
  id: number;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  /**
   * A userid; `key:<id>` of a backend, `rule:<id>` of a rule, `/manage.py` of a command.
   */
  actor: string;
  /**
   * On whose behalf a backend says to have acted: its `as`.
   */
  acted_for: string | null;
  /**
   * As `person.mute`; `refused` if it was not allowed.
   */
  action: string;
  /**
   * `u:<userid>`, `g:<groupid>`, `m:<id>` of a message, `r:<id>` of a report, `rule:<id>`, `key:<id>` of an API key.
   */
  target: string;
  reason: string;
  /**
   * Where the actor was.
   */
  address: string;
  /**
   * The place in the log that the action has.
   */
  log: number | null;
}
export interface GroupAtTheDesk {
  id: string;
  name: string;
  notice: string;
  picture: string;
  creator: string;
  owners: string[];
  /**
   * How many.
   */
  members: number;
  /**
   * Only owners and admins may write.
   */
  muted: boolean;
  /**
   * A member may write once in so many seconds; 0: as ever.
   */
  slow: number;
  /**
   * Messages are kept for so many days; null: as long as elsewhere.
   */
  keep_days: number | null;
  /**
   * When: a second since 1970.
   */
  dissolved: number | null;
}
export interface MessageAtTheDeskList {
  items: MessageAtTheDesk[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface MessageAtTheDesk {
  id: number;
  /**
   * `u:<userid>` or `g:<groupid>`.
   */
  to: string;
  kind: Kind;
  /**
   * As it was last, also of a recalled message.
   */
  content: string;
  extension: string;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  edited: boolean;
  /**
   * By whom; `erased`: for good.
   *
   * * `moderator` - moderator
   * * `author` - author
   * * `erased` - erased
   */
  recalled?: RecalledEnum;
  from: string;
}
export interface ReasonTemplateList {
  items: ReasonTemplate[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface ReasonTemplate {
  title: string;
  text: string;
}
export interface ReportList {
  items: Report[];
  /**
   * There are more.
   */
  more: boolean;
  /**
   * Of the next page. Of some reports only, a page may be short, or empty.
   */
  after: number | null;
}
export interface Report {
  id: number;
  state: ReportState;
  /**
   * The most frequent one.
   *
   * * `spam` - spam
   * * `abuse` - abuse
   * * `sexual` - sexual
   * * `violence` - violence
   * * `illegal` - illegal
   * * `other` - other
   */
  category: CategoryEnum;
  /**
   * `m:<id>` of a message, `u:<userid>` or `g:<groupid>`.
   */
  target: string;
  /**
   * The person whom it concerns; empty for a group.
   */
  about: string;
  /**
   * Reports about this person that were not dismissed.
   */
  strikes: number;
  /**
   * How many have reported it.
   */
  count: number;
  /**
   * When it was reported first: whole seconds since 1970.
   */
  oldest: number;
  /**
   * When it was reported last.
   */
  latest: number;
  /**
   * Empty: nobody.
   */
  claimed_by: string;
  /**
   * Empty until it is resolved; of several, the gravest.
   */
  outcome: string;
  /**
   * All that came of it.
   */
  outcomes_done: string[];
  resolved_by: string;
  /**
   * When.
   */
  resolved: number | null;
  /**
   * Why the outcome is what it is.
   */
  reason: string;
  /**
   * The report before, of the same.
   */
  earlier: number | null;
  /**
   * What was there when it was reported first. Lists leave out messages between two people.
   */
  snapshot: {
    [k: string]: unknown;
  };
}
export interface WholeReport {
  id: number;
  state: ReportState;
  /**
   * The most frequent one.
   *
   * * `spam` - spam
   * * `abuse` - abuse
   * * `sexual` - sexual
   * * `violence` - violence
   * * `illegal` - illegal
   * * `other` - other
   */
  category: CategoryEnum;
  /**
   * `m:<id>` of a message, `u:<userid>` or `g:<groupid>`.
   */
  target: string;
  /**
   * The person whom it concerns; empty for a group.
   */
  about: string;
  /**
   * Reports about this person that were not dismissed.
   */
  strikes: number;
  /**
   * How many have reported it.
   */
  count: number;
  /**
   * When it was reported first: whole seconds since 1970.
   */
  oldest: number;
  /**
   * When it was reported last.
   */
  latest: number;
  /**
   * Empty: nobody.
   */
  claimed_by: string;
  /**
   * Empty until it is resolved; of several, the gravest.
   */
  outcome: string;
  /**
   * All that came of it.
   */
  outcomes_done: string[];
  resolved_by: string;
  /**
   * When.
   */
  resolved: number | null;
  /**
   * Why the outcome is what it is.
   */
  reason: string;
  /**
   * The report before, of the same.
   */
  earlier: number | null;
  /**
   * What was there when it was reported first. Lists leave out messages between two people.
   */
  snapshot: {
    [k: string]: unknown;
  };
  /**
   * The last ones, the latest first.
   */
  complaints: Complaint[];
  /**
   * The last others of the same, or about the same person.
   */
  others: OtherReport[];
  /**
   * Those that fit it.
   */
  outcomes: string[];
  /**
   * Of moderators, the oldest first; not for those concerned.
   */
  notes?: ReportNote[];
}
export interface Complaint {
  category: CategoryEnum;
  note: string;
  time: number;
  /**
   * For whoever may see it.
   */
  reporter?: string;
  /**
   * It was a rule that has reported it.
   */
  rule?: number;
}
export interface OtherReport {
  id: number;
  state: ReportState;
  target: string;
  category: string;
  outcome: string;
  oldest: number;
}
export interface ReportNote {
  author: string;
  note: string;
  time: number;
}
export interface RuleList {
  items: Rule[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Rule {
  id: number;
  pattern: string;
  match: MatchEnum;
  effect: EffectEnum;
  /**
   * Messages between two people (`persons`), in all groups, or in one `group`.
   *
   * * `everywhere` - everywhere
   * * `persons` - persons
   * * `groups` - groups
   * * `group` - group
   */
  scope: ScopeEnum;
  /**
   * The id of the group, for a rule in one.
   */
  group: string | null;
  note: string;
  active: boolean;
  /**
   * How many texts it was applied to; a few seconds late.
   */
  hits: number;
  /**
   * Whole seconds since 1970.
   */
  last_hit: number | null;
  /**
   * A userid, or `key:<id>` of a backend.
   */
  made_by: string;
  /**
   * Whole seconds since 1970.
   */
  made: number;
}
export interface PersonAtTheDesk {
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
  muted: boolean;
  /**
   * Null while muted: for good.
   */
  muted_until: number | null;
  banned: boolean;
  /**
   * Null while banned: for good.
   */
  banned_until: number | null;
  /**
   * As the person was told it.
   */
  reason: string;
  /**
   * In which groups.
   */
  muted_in: MutedIn[];
  /**
   * Reports about the person that were not dismissed.
   */
  strikes: number;
  /**
   * At most 100.
   */
  reports_about: number;
  /**
   * At most 100.
   */
  reports_by: number;
}
export interface MutedIn {
  group: string;
  until: number | null;
}
export interface SharedAddressList {
  items: SharedAddress[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface SharedAddress {
  first: number;
  last: number;
  address: string;
  /**
   * The latest first, at most 50.
   */
  others: SharesAddress[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface SharesAddress {
  first: number;
  last: number;
  userid: string;
  nickname: string;
  banned: boolean;
  muted: boolean;
}
export interface Recallable {
  count: number;
  /**
   * There are more than that.
   */
  more: boolean;
}
export interface PushKey {
  /**
   * The `applicationServerKey` of a subscription.
   */
  key: string;
}
export interface StoredDocument {
  /**
   * What a message of the kind `file` has as its content.
   */
  url?: string;
  kind: StoredDocumentKindEnum;
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
  waits_for?: WaitsForEnum;
}
export interface DirectoryPersonPage {
  items: DirectoryPerson[];
  /**
   * There are more.
   */
  more: boolean;
  /**
   * What to ask for as `after` to go on.
   */
  next: string | null;
}
export interface DirectoryPerson {
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
  /**
   * With a key for `people` only, as the next two.
   */
  email?: string;
  banned?: boolean;
  fields?: {
    [k: string]: unknown;
  };
}
export interface WebhookList {
  items: Webhook[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Webhook {
  id: string;
  name: string;
  url: string;
  events: string[];
  conversations: string[];
  text: boolean;
  active: boolean;
  /**
   * `after`, `upto`: what is told again.
   */
  replay: {
    [k: string]: number;
  } | null;
}
export interface DeliveryList {
  items: Delivery[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface Delivery {
  id: number;
  event: string;
  webhook_id: string;
  state: DeliveryStateEnum;
  /**
   * How many have failed.
   */
  attempts: number;
  /**
   * Of the last one that has failed.
   */
  problem: string;
  made: number;
  /**
   * When it is tried next.
   */
  next: number | null;
  arrived: number | null;
}
export interface NewAnnouncement {
  /**
   * Yours. The same one again makes no other announcement.
   */
  name: string;
  text: string;
  /**
   * Only its members.
   */
  group?: string;
  /**
   * Only people with this value of a custom field.
   */
  field?: Field;
  /**
   * Only who has logged in since then.
   */
  active_since?: number;
  /**
   * Whether people are notified; they are not, if it is left out.
   */
  push?: boolean;
}
export interface Field {
  name: string;
  /**
   * A text, a number or a boolean.
   */
  value: {
    [k: string]: unknown;
  };
}
/**
 * After `dry_run`, only `total`.
 */
export interface AnnouncementOrCount {
  id?: number;
  name?: string;
  text?: string;
  state?: AnnouncementState;
  /**
   * How many people it was for when it began.
   */
  total: number;
  sent?: number;
  /**
   * Why the server has stopped it.
   */
  problem?: string;
  made?: number;
}
export interface Turn {
  action: TurnActionEnum;
}
export interface NewRequest {
  userid: string;
  /**
   * A line.
   */
  text?: string;
}
export interface ContactAnswer {
  action: Action;
}
export interface NewMark {
  upto: number;
}
export interface Cleared {
  /**
   * Up to where nothing is shown now.
   */
  cleared: number;
}
export interface TheseMessages {
  /**
   * @minItems 1
   * @maxItems 100
   */
  messages: [number, ...number[]];
}
export interface HiddenMessages {
  /**
   * Their ids.
   */
  hidden: number[];
}
export interface NewMessage {
  kind: NewMessageKindEnum;
  content: string;
  /**
   * The sender's own name for it, sent once.
   */
  cid?: string;
  extension?: string;
  reply?: number | null;
  /**
   * Of a file.
   */
  name?: string | null;
  /**
   * Members of the group, or `*` for all: owners and admins only.
   *
   * @maxItems 100
   */
  mentions?: string[];
  /**
   * Of a card: with an API key only.
   */
  card?: Card | null;
  /**
   * It makes no sound and is not pushed.
   */
  silent?: boolean;
  /**
   * What a program attaches.
   */
  custom?: {
    [k: string]: unknown;
  } | null;
  /**
   * Of a location.
   */
  place?: Place | null;
  /**
   * Of a poll.
   */
  poll?: Poll | null;
}
/**
 * What a client shows instead of the text.
 */
export interface Card {
  title: string;
  text?: string;
  /**
   * The `url` of an upload.
   */
  picture?: string;
  url?: string;
  /**
   * @maxItems 3
   */
  actions?: [] | [CardAction] | [CardAction, CardAction] | [CardAction, CardAction, CardAction];
  /**
   * @maxItems 20
   */
  fields?:
    | []
    | [CardField]
    | [CardField, CardField]
    | [CardField, CardField, CardField]
    | [CardField, CardField, CardField, CardField]
    | [CardField, CardField, CardField, CardField, CardField]
    | [CardField, CardField, CardField, CardField, CardField, CardField]
    | [CardField, CardField, CardField, CardField, CardField, CardField, CardField]
    | [CardField, CardField, CardField, CardField, CardField, CardField, CardField, CardField]
    | [CardField, CardField, CardField, CardField, CardField, CardField, CardField, CardField, CardField]
    | [CardField, CardField, CardField, CardField, CardField, CardField, CardField, CardField, CardField, CardField]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ]
    | [
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField,
        CardField
      ];
}
/**
 * A button.
 */
export interface CardAction {
  /**
   * What the event `card.pressed` has.
   */
  id: string;
  label: string;
}
export interface CardField {
  name: string;
  value: string;
}
/**
 * What a location is called.
 */
export interface Place {
  name?: string;
  address?: string;
}
/**
 * What there is to choose from, and how. `until`: when it closes.
 */
export interface Poll {
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
export interface Sent {
  id: number;
  /**
   * Whole seconds since 1970.
   */
  time: number;
  /**
   * What it says, if a rule has changed it.
   */
  content?: string;
}
export interface Changed {
  /**
   * The row that gave the message its content.
   */
  id: number;
}
export interface UnhiddenMessages {
  /**
   * The ids of those that were hidden.
   */
  unhidden: number[];
}
export interface NewGroup {
  name: string;
  /**
   * Besides the person who calls, who owns the group.
   *
   * @maxItems 10000
   */
  members?: string[];
}
export interface NewHook {
  /**
   * The name of the bot.
   */
  name: string;
}
export interface MadeHook {
  id: string;
  name: string;
  /**
   * Of the bot.
   */
  userid: string;
  /**
   * Secret: whoever knows it writes. It is shown this once.
   */
  token: string;
  /**
   * The older form: an address that holds the secret.
   */
  url: string;
  /**
   * Takes what Slack's incoming webhooks take. Secret: it can write, and reads nothing.
   */
  slack_url: string;
}
export interface NewLink {
  /**
   * Until when it lets people in: seconds since 1970; null: without an end.
   */
  expires?: number | null;
  /**
   * How many people may follow it; null: as many as like.
   */
  uses?: number | null;
}
export interface NewMembers {
  /**
   * @maxItems 10000
   */
  userids: string[];
}
export interface Answer {
  userid: string;
  action: Action;
}
export interface ExportWish {
  /**
   * Of the times on its pages; UTC if not given.
   */
  zone?: string;
}
export interface SignInCode {
  /**
   * What follows `#` in the address that the browser shows.
   */
  code: string;
}
export interface AskingBrowser {
  /**
   * As people call it; empty: not known.
   */
  browser: string;
  /**
   * Likewise.
   */
  system: string;
  /**
   * As far as the server keeps it; empty: it does not.
   */
  address: string;
  /**
   * Whether it is in the network of the caller; null: not known.
   */
  near: boolean | null;
  /**
   * When it began to ask.
   */
  time: number;
  /**
   * When the code expires.
   */
  until: number;
}
export interface EntryAction {
  action: EntryActionActionEnum;
  reason: string;
}
export interface Done {
  /**
   * The action's place in the log; null if nothing has changed.
   */
  id: number | null;
  /**
   * Its entry in the audit log, by which it can be undone.
   */
  entry: number;
}
export interface GroupAction {
  action: GroupActionActionEnum;
  reason: string;
  /**
   * Of `slow`.
   */
  seconds?: number;
  /**
   * Of `keep`; null: as long as elsewhere.
   */
  days?: number | null;
  /**
   * Of `handover`: the new owner.
   */
  userid?: string;
  /**
   * Of `add`, `remove` and `clear_nicknames`.
   *
   * @maxItems 10000
   */
  userids?: string[];
  /**
   * Of `edit`.
   */
  name?: string;
  /**
   * Of `edit`.
   */
  notice?: string;
}
export interface MessageAction {
  action: MessageActionActionEnum;
  reason: string;
}
export interface SeveralReports {
  outcome?: Outcome;
  /**
   * Instead of `outcome`: several, all of which are done, or none.
   *
   * @maxItems 6
   */
  outcomes?:
    | []
    | [Outcome]
    | [Outcome, Outcome]
    | [Outcome, Outcome, Outcome]
    | [Outcome, Outcome, Outcome, Outcome]
    | [Outcome, Outcome, Outcome, Outcome, Outcome]
    | [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome];
  /**
   * Of `resolve`, which needs one.
   */
  reason?: string;
  /**
   * Of the outcomes `mute` and `ban`: a second since 1970; null or none: for good.
   */
  until?: number | null;
  action: SeveralReportsActionEnum;
  /**
   * @minItems 1
   * @maxItems 100
   */
  reports: [number, ...number[]];
}
export interface DoneToSeveral {
  done: DoneToOne[];
  /**
   * Those to which it was not done, and why.
   */
  failed: NotDone[];
}
export interface DoneToOne {
  /**
   * The action's place in the log; null if nothing has changed.
   */
  id: number | null;
  /**
   * Its entry in the audit log, by which it can be undone.
   */
  entry: number;
  report: number;
}
export interface NotDone {
  report: number;
  /**
   * Of the error, as it is if one report is asked for.
   */
  name: string;
  reason: string;
}
export interface ReportAction {
  outcome?: Outcome;
  /**
   * Instead of `outcome`: several, all of which are done, or none.
   *
   * @maxItems 6
   */
  outcomes?:
    | []
    | [Outcome]
    | [Outcome, Outcome]
    | [Outcome, Outcome, Outcome]
    | [Outcome, Outcome, Outcome, Outcome]
    | [Outcome, Outcome, Outcome, Outcome, Outcome]
    | [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome];
  /**
   * Of `resolve`, which needs one.
   */
  reason?: string;
  /**
   * Of the outcomes `mute` and `ban`: a second since 1970; null or none: for good.
   */
  until?: number | null;
  action: ReportActionActionEnum;
  /**
   * Of `note`: for moderators only.
   */
  note?: string;
}
export interface NewRule {
  pattern: string;
  /**
   * `literal`: also inside of words; `word`: whole words; `re2`: an expression of RE2.
   *
   * * `literal` - literal
   * * `word` - word
   * * `re2` - re2
   * * `host` - host
   */
  match?: MatchEnum & string;
  effect?: EffectEnum & string;
  /**
   * Messages between two people (`persons`), in all groups, or in one `group`.
   *
   * * `everywhere` - everywhere
   * * `persons` - persons
   * * `groups` - groups
   * * `group` - group
   */
  scope?: ScopeEnum & string;
  group?: string | null;
  note?: string;
  /**
   * Without it, a rule that is found in a thousandth of the texts of the last day is answered with 409.
   */
  meant?: boolean;
  reason: string;
}
export interface MadeRule {
  /**
   * Of the rule.
   */
  id: number;
}
export interface NewTrial {
  text: string;
  /**
   * Where it is sent; without it, to a person.
   */
  to?: string;
  /**
   * Of a rule that is tried with those there are.
   */
  pattern?: string;
  match?: MatchEnum & string;
  effect?: EffectEnum & string;
}
export interface Trial {
  /**
   * null: it is delivered as it is.
   *
   * * `block` - block
   * * `hold` - hold
   * * `mask` - mask
   * * `flag` - flag
   */
  effect: EffectEnum | NullEnum;
  /**
   * Masked, if that is the effect.
   */
  text: string;
  /**
   * Whose effect it is; 0 is the rule that is tried.
   */
  rules: number[];
  /**
   * Which rules flag it.
   */
  flags: number[];
}
export interface PersonAction {
  action: PersonActionActionEnum;
  reason: string;
  /**
   * Of `mute` and `ban`: a second since 1970; null or none: for good.
   */
  until?: number | null;
  /**
   * Of `mute` and `unmute`: only in this group.
   */
  group?: string | null;
  /**
   * Of `ban`: recall what the person wrote in the last so many hours.
   */
  recall_hours?: number;
}
/**
 * One of `message`, `user` and `group`.
 */
export interface NewReport {
  message?: number;
  user?: string;
  group?: string;
  category: CategoryEnum;
  note?: string;
}
export interface Stored {
  url: string;
  /**
   * The kind of a message with this file.
   *
   * * `picture` - picture
   * * `audio` - audio
   * * `video` - video
   */
  kind: StoredKindEnum;
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
/**
 * For the description; `keeping.people.decoding` reads it.
 */
export interface DescribedPerson {
  userid: string;
  nickname?: string;
  /**
   * The address of a picture.
   */
  avatar?: string;
  email?: string;
  banned?: boolean;
  /**
   * All custom fields: texts, numbers and booleans by their names.
   */
  fields?: {
    [k: string]: unknown;
  };
}
export interface WrittenPerson {
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
  /**
   * With a key for `people` only, as the next two.
   */
  email?: string;
  banned?: boolean;
  fields?: {
    [k: string]: unknown;
  };
  result: ResultEnum;
}
export interface PersonOutcomeList {
  items: PersonOutcome[];
  /**
   * There are more.
   */
  more: boolean;
}
export interface PersonOutcome {
  userid: string;
  result?: ResultEnum;
  /**
   * As that of a call which fails.
   */
  error?: {
    [k: string]: unknown;
  };
}
export interface NewWebhook {
  name: string;
  url: string;
  /**
   * @minItems 1
   */
  events: [EventsEnum, ...EventsEnum[]];
  /**
   * `g:<group>`, or `u:<userid>` for what is between that person and others. Empty: all.
   *
   * @maxItems 1000
   */
  conversations?: string[];
  /**
   * Whether it is told what messages say: texts of all people in these conversations.
   */
  text?: boolean;
  /**
   * Without it, nothing new is sent.
   */
  active?: boolean;
}
export interface MadeWebhook {
  id: string;
  name: string;
  url: string;
  events: string[];
  conversations: string[];
  text: boolean;
  active: boolean;
  /**
   * `after`, `upto`: what is told again.
   */
  replay: {
    [k: string]: number;
  } | null;
  /**
   * Signs what is sent. It is shown this once.
   */
  secret: string;
}
export interface Position {
  /**
   * The last id that the receiver has; 0: all.
   */
  after: number;
  upto?: number;
}
export interface Chosen {
  /**
   * @minItems 1
   * @maxItems 100
   */
  deliveries: [number, ...number[]];
}
export interface SentAgain {
  sent: number;
}
/**
 * Vote in a poll, in the place of what one has voted before. No options: take it back.
 */
export interface Vote {
  /**
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
export interface NewPin {
  message: number;
}
export interface Marked {
  upto: number;
  /**
   * How many are left; counted up to 1,000.
   */
  unread: number;
}
export interface Confirmed {
  /**
   * Of the notice that one has read, as the group has it.
   */
  notice_id: number;
}
export interface SlashCommands {
  /**
   * @maxItems 20
   */
  commands:
    | []
    | [SlashCommand]
    | [SlashCommand, SlashCommand]
    | [SlashCommand, SlashCommand, SlashCommand]
    | [SlashCommand, SlashCommand, SlashCommand, SlashCommand]
    | [SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand]
    | [SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand]
    | [SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand]
    | [SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand, SlashCommand]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ]
    | [
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand,
        SlashCommand
      ];
}
export interface SigningSecret {
  /**
   * Signs each call, as Slack does.
   */
  signing_secret: string;
}
export interface DirectoryGroup {
  name?: string;
  /**
   * All of them. The first owns a new group.
   *
   * @maxItems 10000
   */
  members?: string[];
}
export interface WrittenGroup {
  id: string;
  name: string;
  result: ResultEnum;
}
export interface NewDevice {
  /**
   * The service that wakes it.
   *
   * * `apns` - apns
   * * `fcm` - fcm
   * * `getui` - getui
   * * `huawei` - huawei
   * * `jpush` - jpush
   * * `web` - web
   * * `xiaomi` - xiaomi
   */
  provider: ProviderEnum;
  /**
   * By which the service knows it; of a browser, the `endpoint` of its subscription. Secret.
   */
  token: string;
  /**
   * As the operator has configured it.
   */
  app?: string;
  /**
   * In which pushes are written, as zh-CN.
   */
  language?: string;
  /**
   * Where it is: quiet hours are those there.
   */
  time_zone?: string;
  /**
   * A public key of X25519 in base64url: what it is told is encrypted for it by HPKE.
   */
  key?: string;
}
/**
 * As the browser gives it; the rest of that is not needed.
 */
export interface Subscription {
  endpoint: string;
}
export interface Proof {
  password?: string;
}
export interface PatchedWishes {
  muted?: boolean;
  /**
   * Which messages one is notified of. `none` is what `muted` sets.
   *
   * * `all` - all
   * * `mentions` - mentions
   * * `none` - none
   */
  notify?: NotifyEnum;
  pinned?: boolean;
  archived?: boolean;
  /**
   * Marked as unread by oneself, until it is read or this is false.
   */
  unread?: boolean;
  /**
   * False: accept the conversation that somebody has begun.
   */
  request?: boolean;
  /**
   * What one calls this person.
   */
  remark?: string;
  draft?: string;
}
/**
 * What a card is from now on.
 */
export interface PatchedNewCard {
  /**
   * What lists and the shipped apps show.
   */
  content?: string;
  card?: Card;
  /**
   * Without it, what was attached stays.
   */
  custom?: {
    [k: string]: unknown;
  } | null;
}
export interface PatchedGroupChanges {
  name?: string;
  notice?: string;
  /**
   * The URL of a picture that was uploaded here; empty: the members' pictures. As owners and admins may.
   */
  picture?: string;
  /**
   * What one wants to be called in this group; empty: as elsewhere.
   */
  nickname?: string;
  /**
   * What programs attach. As owners and admins may.
   */
  custom?: {
    [k: string]: unknown;
  } | null;
  /**
   * Who sets the notice: all members, or owners and admins.
   *
   * * `members` - members
   * * `admins` - admins
   */
  notice_by?: PermittedRole;
  /**
   * Who adds members: all members, or owners and admins.
   *
   * * `members` - members
   * * `admins` - admins
   */
  add_by?: PermittedRole;
  /**
   * Owners and admins decide about those who follow a link to the group.
   */
  approval?: boolean;
  /**
   * What members may read: what was written since they `joined`, or `all`.
   *
   * * `joined` - joined
   * * `all` - all
   */
  history?: HistoryEnum;
  /**
   * Members are asked to confirm the notice.
   */
  confirm?: boolean;
}
export interface PatchedNewRole {
  role?: RoleEnum;
}
export interface PatchedMyChanges {
  nickname?: string;
  /**
   * The URL of a picture that was uploaded here; empty: none.
   */
  avatar?: string;
  /**
   * When not to be told of messages; null: never.
   */
  quiet?: QuietHours | null;
  /**
   * Whether pushes to devices show what messages say, if the operator allows it.
   */
  push_text?: boolean;
}
export interface PatchedPrivacyChanges {
  /**
   * Write to one, and send contact requests unless it is nobody.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  write?: Circle;
  /**
   * Find one. Those whom one knows get one's profile all the same, but not by a search.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  find?: Circle;
  /**
   * Put one into groups, if they may write to one too.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  invite?: Circle;
  /**
   * Come onto one's list at once. Conversations that others begin wait as requests.
   *
   * * `everybody` - everybody
   * * `known` - known
   * * `contacts` - contacts
   * * `nobody` - nobody
   */
  direct?: Circle;
}
export interface PatchedRuleChanges {
  pattern?: string;
  match?: MatchEnum;
  effect?: EffectEnum;
  /**
   * Messages between two people (`persons`), in all groups, or in one `group`.
   *
   * * `everywhere` - everywhere
   * * `persons` - persons
   * * `groups` - groups
   * * `group` - group
   */
  scope?: ScopeEnum;
  group?: string | null;
  note?: string;
  active?: boolean;
  /**
   * Without it, a rule that is found in a thousandth of the texts of the last day is answered with 409.
   */
  meant?: boolean;
  reason?: string;
}
/**
 * For the description; `keeping.people.decoding` reads it.
 */
export interface PatchedPersonChanges {
  nickname?: string;
  /**
   * The address of a picture.
   */
  avatar?: string;
  email?: string;
  banned?: boolean;
  /**
   * All custom fields: texts, numbers and booleans by their names.
   */
  fields?: {
    [k: string]: unknown;
  };
}
export interface PatchedWebhookChanges {
  name?: string;
  url?: string;
  /**
   * @minItems 1
   */
  events?: [EventsEnum, ...EventsEnum[]];
  /**
   * `g:<group>`, or `u:<userid>` for what is between that person and others. Empty: all.
   *
   * @maxItems 1000
   */
  conversations?: string[];
  /**
   * Whether it is told what messages say: texts of all people in these conversations.
   */
  text?: boolean;
  /**
   * Without it, nothing new is sent.
   */
  active?: boolean;
}
