// The shapes of frames and of answers of the API. Made by make_types.py; do not edit.

public struct AddBy: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let admins: Self = "admins"
    public static let members: Self = "members"
}

public struct ContactState: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let contact: Self = "contact"
    public static let incoming: Self = "incoming"
    public static let nothing: Self = "none"
    public static let outgoing: Self = "outgoing"
}

public struct History: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let all: Self = "all"
    public static let joined: Self = "joined"
}

public struct Kind: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let audio: Self = "audio"
    public static let bundle: Self = "bundle"
    public static let card: Self = "card"
    public static let emotion: Self = "emotion"
    public static let file: Self = "file"
    public static let location: Self = "location"
    public static let notice: Self = "notice"
    public static let picture: Self = "picture"
    public static let poll: Self = "poll"
    public static let text: Self = "text"
    public static let video: Self = "video"
}

public struct NoticeBy: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let admins: Self = "admins"
    public static let members: Self = "members"
}

public struct Notify: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let all: Self = "all"
    public static let mentions: Self = "mentions"
    public static let nothing: Self = "none"
}

public struct Role: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let admin: Self = "admin"
    public static let member: Self = "member"
    public static let owner: Self = "owner"
}

public struct WaitsFor: Choice {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let pieces: Self = "pieces"
    public static let preview: Self = "preview"
    public static let scanner: Self = "scanner"
}

/// Everything up to this id has arrived at the device.
public struct AckCommand: Command, Hashable {
    public typealias Reply = Done
    public static let cmd = "ack"
    public var upto: Int

    public init(
        upto: Int
    ) {
        self.upto = upto
    }
}

public struct ApiConversation: Codable, Hashable, Sendable {
    /// `u:<userid>` or `g:<groupid>`.
    public var id: String
    /// True: the other person is a program.
    public var bot: Bool?
    public var title: String
    public var picture: String
    /// The last message.
    public var last: ApiMessage?
    /// Messages of others after one's read mark; counted up to 1,000.
    public var unread: Int
    /// How many of these mention one.
    public var mentioned: Int
    /// One's read mark: an id.
    public var read: Int
    /// In the group; empty for a person.
    public var role: String
    /// No notifications are wanted.
    public var muted: Bool
    /// Of which messages notifications are wanted.
    public var notify: Notify
    public var pinned: Bool
    public var archived: Bool
    /// One has marked it as unread; reading ends it.
    public var markedUnread: Bool
    /// What one calls this person; empty for groups.
    public var remark: String
    /// What one has begun to write.
    public var draft: String
    /// It waits apart: the other may not come onto one's list at once.
    public var request: Bool
    /// It is off one's list until something new is written.
    public var removed: Bool
    /// An id: one has cleared everything up to it for oneself.
    public var cleared: Int
    /// How many of its messages one has hidden from oneself.
    public var hiddenCount: Int
    /// The other person's read mark; null if it is not told.
    public var readByOther: Int?
    /// How one came into the group, if nobody has written since.
    public var joined: ApiNotice?
    /// People who ask to join, if one may let them in.
    public var requests: Int?

    public init(
        id: String,
        title: String,
        picture: String,
        unread: Int,
        mentioned: Int,
        read: Int,
        role: String,
        muted: Bool,
        notify: Notify,
        pinned: Bool,
        archived: Bool,
        markedUnread: Bool,
        remark: String,
        draft: String,
        request: Bool,
        removed: Bool,
        cleared: Int,
        hiddenCount: Int,
        bot: Bool? = nil,
        last: ApiMessage? = nil,
        readByOther: Int? = nil,
        joined: ApiNotice? = nil,
        requests: Int? = nil
    ) {
        self.id = id
        self.bot = bot
        self.title = title
        self.picture = picture
        self.last = last
        self.unread = unread
        self.mentioned = mentioned
        self.read = read
        self.role = role
        self.muted = muted
        self.notify = notify
        self.pinned = pinned
        self.archived = archived
        self.markedUnread = markedUnread
        self.remark = remark
        self.draft = draft
        self.request = request
        self.removed = removed
        self.cleared = cleared
        self.hiddenCount = hiddenCount
        self.readByOther = readByOther
        self.joined = joined
        self.requests = requests
    }

    enum CodingKeys: String, CodingKey {
        case id
        case bot
        case title
        case picture
        case last
        case unread
        case mentioned
        case read
        case role
        case muted
        case notify
        case pinned
        case archived
        case markedUnread = "marked_unread"
        case remark
        case draft
        case request
        case removed
        case cleared
        case hiddenCount = "hidden_count"
        case readByOther = "read_by_other"
        case joined
        case requests
    }
}

public struct ApiGroup: Codable, Hashable, Sendable {
    public var id: String
    public var name: String
    public var notice: String
    public var picture: String
    public var creator: String
    /// Only owners and admins may write.
    public var muted: Bool
    /// The others may write once in so many seconds. 0: as often as elsewhere.
    public var slow: Int
    /// The picture was set, and is not made of the members'.
    public var ownPicture: Bool
    /// Which notice it is that is to be confirmed; 0: none.
    public var noticeId: Int
    /// One has confirmed it.
    public var confirmed: Bool
    /// What one is called in this group; empty: as elsewhere.
    public var nickname: String
    /// What programs have attached.
    public var custom: [String: JSON]
    /// Who sets the notice: all members, or owners and admins.
    public var noticeBy: NoticeBy
    /// Who adds members: all members, or owners and admins.
    public var addBy: AddBy
    /// Owners and admins decide about those who follow a link to the group.
    public var approval: Bool
    /// What members may read: what was written since they `joined`, or `all`.
    public var history: History
    /// Members are asked to confirm the notice.
    public var confirm: Bool

    public init(
        id: String,
        name: String,
        notice: String,
        picture: String,
        creator: String,
        muted: Bool,
        slow: Int,
        ownPicture: Bool,
        noticeId: Int,
        confirmed: Bool,
        nickname: String,
        custom: [String: JSON],
        noticeBy: NoticeBy,
        addBy: AddBy,
        approval: Bool,
        history: History,
        confirm: Bool
    ) {
        self.id = id
        self.name = name
        self.notice = notice
        self.picture = picture
        self.creator = creator
        self.muted = muted
        self.slow = slow
        self.ownPicture = ownPicture
        self.noticeId = noticeId
        self.confirmed = confirmed
        self.nickname = nickname
        self.custom = custom
        self.noticeBy = noticeBy
        self.addBy = addBy
        self.approval = approval
        self.history = history
        self.confirm = confirm
    }

    enum CodingKeys: String, CodingKey {
        case id
        case name
        case notice
        case picture
        case creator
        case muted
        case slow
        case ownPicture = "own_picture"
        case noticeId = "notice_id"
        case confirmed
        case nickname
        case custom
        case noticeBy = "notice_by"
        case addBy = "add_by"
        case approval
        case history
        case confirm
    }
}

public struct ApiMember: Codable, Hashable, Sendable {
    public var userid: String
    /// As the person has set it; empty: show the userid.
    public var nickname: String
    /// A picture: the person's own, or the default one.
    public var avatar: String
    /// True: a program. Else it is left out.
    public var bot: Bool?
    public var role: Role
    /// What they are called in the group; empty: as elsewhere.
    public var groupNickname: String

    public init(
        userid: String,
        nickname: String,
        avatar: String,
        role: Role,
        groupNickname: String,
        bot: Bool? = nil
    ) {
        self.userid = userid
        self.nickname = nickname
        self.avatar = avatar
        self.bot = bot
        self.role = role
        self.groupNickname = groupNickname
    }

    enum CodingKeys: String, CodingKey {
        case userid
        case nickname
        case avatar
        case bot
        case role
        case groupNickname = "group_nickname"
    }
}

public struct ApiMessage: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    public var from: String
    public var kind: Kind
    /// Whole seconds since 1970.
    public var time: Int
    /// The message that it replies to.
    public var reply: Int?
    /// Of one's own messages: the name they were given.
    public var cid: String?
    /// Members of the group; `*`: all of them.
    public var mentions: [String]?
    public var forwarded: Forwarded?
    /// It makes no sound and is not pushed.
    public var silent: Bool?
    /// What a program has attached.
    public var custom: [String: JSON]?
    public var content: String?
    /// What shipped apps read of it: only with `extension=true`.
    public var `extension`: String?
    public var file: File?
    public var place: Place?
    public var bundle: ForwardedBundle?
    public var card: Card?
    public var poll: Poll?
    /// The row that gave it its content.
    public var edited: Int?
    /// Who has given each emoji: 20 of them, and the reader.
    public var reactions: [String: [String]]
    /// Of an emoji that more have given.
    public var reactionCounts: [String: Int]?
    public var preview: LinkPreview?
    /// It has no content.
    public var recalled: Bool?
    /// Of one that a moderator has recalled.
    public var by: String?
    /// One has starred it.
    public var starred: Bool?
    /// Of a last message: here is only the beginning of it.
    public var cut: Bool?

    public init(
        id: Int,
        conversation: String,
        from: String,
        kind: Kind,
        time: Int,
        reactions: [String: [String]],
        reply: Int? = nil,
        cid: String? = nil,
        mentions: [String]? = nil,
        forwarded: Forwarded? = nil,
        silent: Bool? = nil,
        custom: [String: JSON]? = nil,
        content: String? = nil,
        `extension`: String? = nil,
        file: File? = nil,
        place: Place? = nil,
        bundle: ForwardedBundle? = nil,
        card: Card? = nil,
        poll: Poll? = nil,
        edited: Int? = nil,
        reactionCounts: [String: Int]? = nil,
        preview: LinkPreview? = nil,
        recalled: Bool? = nil,
        by: String? = nil,
        starred: Bool? = nil,
        cut: Bool? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.from = from
        self.kind = kind
        self.time = time
        self.reply = reply
        self.cid = cid
        self.mentions = mentions
        self.forwarded = forwarded
        self.silent = silent
        self.custom = custom
        self.content = content
        self.`extension` = `extension`
        self.file = file
        self.place = place
        self.bundle = bundle
        self.card = card
        self.poll = poll
        self.edited = edited
        self.reactions = reactions
        self.reactionCounts = reactionCounts
        self.preview = preview
        self.recalled = recalled
        self.by = by
        self.starred = starred
        self.cut = cut
    }

    enum CodingKeys: String, CodingKey {
        case id
        case conversation
        case from
        case kind
        case time
        case reply
        case cid
        case mentions
        case forwarded
        case silent
        case custom
        case content
        case `extension`
        case file
        case place
        case bundle
        case card
        case poll
        case edited
        case reactions
        case reactionCounts = "reaction_counts"
        case preview
        case recalled
        case by
        case starred
        case cut
    }
}

/// What happened to a group, as the event `notice` says it.
public struct ApiNotice: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    /// Whole seconds since 1970.
    public var time: Int
    public var joined: [String]?
    public var left: [String]?
    public var name: String?
    public var notice: String?
    public var picture: Bool?
    public var nicknames: [String]?
    public var messagePinned: Int?
    public var messageUnpinned: Int?
    public var custom: [String: JSON]?
    public var roles: [String: Role]?
    public var muted: Bool?
    public var slow: Int?
    public var dissolved: Bool?
    public var restored: Bool?
    public var noticeBy: NoticeBy?
    public var addBy: AddBy?
    public var approval: Bool?
    public var history: History?
    public var confirm: Bool?
    public var by: String?
    public var kind: Kind

    public init(
        id: Int,
        conversation: String,
        time: Int,
        kind: Kind,
        joined: [String]? = nil,
        left: [String]? = nil,
        name: String? = nil,
        notice: String? = nil,
        picture: Bool? = nil,
        nicknames: [String]? = nil,
        messagePinned: Int? = nil,
        messageUnpinned: Int? = nil,
        custom: [String: JSON]? = nil,
        roles: [String: Role]? = nil,
        muted: Bool? = nil,
        slow: Int? = nil,
        dissolved: Bool? = nil,
        restored: Bool? = nil,
        noticeBy: NoticeBy? = nil,
        addBy: AddBy? = nil,
        approval: Bool? = nil,
        history: History? = nil,
        confirm: Bool? = nil,
        by: String? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.time = time
        self.joined = joined
        self.left = left
        self.name = name
        self.notice = notice
        self.picture = picture
        self.nicknames = nicknames
        self.messagePinned = messagePinned
        self.messageUnpinned = messageUnpinned
        self.custom = custom
        self.roles = roles
        self.muted = muted
        self.slow = slow
        self.dissolved = dissolved
        self.restored = restored
        self.noticeBy = noticeBy
        self.addBy = addBy
        self.approval = approval
        self.history = history
        self.confirm = confirm
        self.by = by
        self.kind = kind
    }

    enum CodingKeys: String, CodingKey {
        case id
        case conversation
        case time
        case joined
        case left
        case name
        case notice
        case picture
        case nicknames
        case messagePinned = "message_pinned"
        case messageUnpinned = "message_unpinned"
        case custom
        case roles
        case muted
        case slow
        case dissolved
        case restored
        case noticeBy = "notice_by"
        case addBy = "add_by"
        case approval
        case history
        case confirm
        case by
        case kind
    }
}

public struct ApiProfile: Codable, Hashable, Sendable {
    public var userid: String
    /// As the person has set it; empty: show the userid.
    public var nickname: String
    /// A picture: the person's own, or the default one.
    public var avatar: String
    /// True: a program. Else it is left out.
    public var bot: Bool?

    public init(
        userid: String,
        nickname: String,
        avatar: String,
        bot: Bool? = nil
    ) {
        self.userid = userid
        self.nickname = nickname
        self.avatar = avatar
        self.bot = bot
    }
}

public struct ApiStored: Codable, Hashable, Sendable {
    public var url: String
    /// The kind of a message with this file.
    public var kind: Kind
    /// The media type.
    public var type: String
    /// In bytes.
    public var size: Int
    public var width: Int?
    public var height: Int?
    public var seconds: Int?
    /// A picture of the video.
    public var poster: String?

    public init(
        url: String,
        kind: Kind,
        type: String,
        size: Int,
        width: Int? = nil,
        height: Int? = nil,
        seconds: Int? = nil,
        poster: String? = nil
    ) {
        self.url = url
        self.kind = kind
        self.type = type
        self.size = size
        self.width = width
        self.height = height
        self.seconds = seconds
        self.poster = poster
    }
}

public struct ApiStoredDocument: Codable, Hashable, Sendable {
    /// What a message of the kind `file` has as its content.
    public var url: String?
    public var kind: Kind
    public var name: String
    /// By its name.
    public var type: String
    /// In bytes.
    public var size: Int
    /// A picture of its first page.
    public var preview: String?
    /// It cannot be sent yet, and has no `url`.
    public var waitsFor: WaitsFor?

    public init(
        kind: Kind,
        name: String,
        type: String,
        size: Int,
        url: String? = nil,
        preview: String? = nil,
        waitsFor: WaitsFor? = nil
    ) {
        self.url = url
        self.kind = kind
        self.name = name
        self.type = type
        self.size = size
        self.preview = preview
        self.waitsFor = waitsFor
    }

    enum CodingKeys: String, CodingKey {
        case url
        case kind
        case name
        case type
        case size
        case preview
        case waitsFor = "waits_for"
    }
}

/// What a message of the kind `card` has besides its text. All but the title may be empty.
public struct Card: Codable, Hashable, Sendable {
    public var title: String
    public var text: String
    public var url: String
    public var fields: [CardField]
    public var picture: String?
    public var actions: [CardAction]?

    public init(
        title: String,
        text: String,
        url: String,
        fields: [CardField],
        picture: String? = nil,
        actions: [CardAction]? = nil
    ) {
        self.title = title
        self.text = text
        self.url = url
        self.fields = fields
        self.picture = picture
        self.actions = actions
    }
}

/// A button of a card.
public struct CardAction: Codable, Hashable, Sendable {
    public var id: String
    public var label: String

    public init(
        id: String,
        label: String
    ) {
        self.id = id
        self.label = label
    }
}

/// A line of a card.
public struct CardField: Codable, Hashable, Sendable {
    public var name: String
    public var value: String

    public init(
        name: String,
        value: String
    ) {
        self.name = name
        self.value = value
    }
}

/// Everything up to this id has come.
public struct CaughtUp: Codable, Hashable, Sendable {
    public var id: Int

    public init(
        id: Int
    ) {
        self.id = id
    }
}

/// Take no more answers to a poll.
public struct ClosePollCommand: Command, Hashable {
    public typealias Reply = ToChange
    public static let cmd = "close_poll"
    public var target: Int

    public init(
        target: Int
    ) {
        self.target = target
    }
}

/// How `user` stands to the person has changed, or whether the person has blocked them.
public struct ContactChanged: Codable, Hashable, Sendable {
    public var user: String
    public var state: ContactState

    public init(
        user: String,
        state: ContactState
    ) {
        self.user = user
        self.state = state
    }
}

/// The person has changed this of the conversation, one of two has pinned, or a picture has changed.
public struct ConversationChanged: Codable, Hashable, Sendable {
    public var conversation: String
    public var muted: Bool?
    public var notify: Notify?
    public var pinned: Bool?
    public var archived: Bool?
    public var markedUnread: Bool?
    public var remark: String?
    public var draft: String?
    public var removed: Bool?
    public var cleared: Int?
    public var hidden: [Int]?
    public var unhidden: [Int]?
    public var starred: [Int]?
    public var unstarred: [Int]?
    public var stickers: Bool?
    public var noticeConfirmed: Int?
    public var messagePinned: Int?
    public var messageUnpinned: Int?
    public var request: Bool?
    public var picture: String?

    public init(
        conversation: String,
        muted: Bool? = nil,
        notify: Notify? = nil,
        pinned: Bool? = nil,
        archived: Bool? = nil,
        markedUnread: Bool? = nil,
        remark: String? = nil,
        draft: String? = nil,
        removed: Bool? = nil,
        cleared: Int? = nil,
        hidden: [Int]? = nil,
        unhidden: [Int]? = nil,
        starred: [Int]? = nil,
        unstarred: [Int]? = nil,
        stickers: Bool? = nil,
        noticeConfirmed: Int? = nil,
        messagePinned: Int? = nil,
        messageUnpinned: Int? = nil,
        request: Bool? = nil,
        picture: String? = nil
    ) {
        self.conversation = conversation
        self.muted = muted
        self.notify = notify
        self.pinned = pinned
        self.archived = archived
        self.markedUnread = markedUnread
        self.remark = remark
        self.draft = draft
        self.removed = removed
        self.cleared = cleared
        self.hidden = hidden
        self.unhidden = unhidden
        self.starred = starred
        self.unstarred = unstarred
        self.stickers = stickers
        self.noticeConfirmed = noticeConfirmed
        self.messagePinned = messagePinned
        self.messageUnpinned = messageUnpinned
        self.request = request
        self.picture = picture
    }

    enum CodingKeys: String, CodingKey {
        case conversation
        case muted
        case notify
        case pinned
        case archived
        case markedUnread = "marked_unread"
        case remark
        case draft
        case removed
        case cleared
        case hidden
        case unhidden
        case starred
        case unstarred
        case stickers
        case noticeConfirmed = "notice_confirmed"
        case messagePinned = "message_pinned"
        case messageUnpinned = "message_unpinned"
        case request
        case picture
    }
}

/// Nothing.
public struct Done: Codable, Hashable, Sendable {

    public init() {}
}

/// Give a text of one's own another content.
public struct EditCommand: Command, Hashable {
    public typealias Reply = ToChange
    public static let cmd = "edit"
    public var target: Int
    public var content: String
    public var mentions: [String]?
    public var custom: [String: JSON]?

    public init(
        target: Int,
        content: String,
        mentions: [String]? = nil,
        custom: [String: JSON]? = nil
    ) {
        self.target = target
        self.content = content
        self.mentions = mentions
        self.custom = custom
    }
}

/// The message `target` has other content.
public struct Edited: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    public var target: Int
    public var from: String
    /// Whole seconds since 1970.
    public var time: Int
    public var content: String
    public var mentions: [String]?
    /// What a program has attached.
    public var custom: [String: JSON]?
    public var card: Card?

    public init(
        id: Int,
        conversation: String,
        target: Int,
        from: String,
        time: Int,
        content: String,
        mentions: [String]? = nil,
        custom: [String: JSON]? = nil,
        card: Card? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.target = target
        self.from = from
        self.time = time
        self.content = content
        self.mentions = mentions
        self.custom = custom
        self.card = card
    }
}

/// What a message of the kind `file` has besides the address.
public struct File: Codable, Hashable, Sendable {
    public var name: String
    /// In bytes.
    public var size: Int
    public var type: String
    public var preview: String?

    public init(
        name: String,
        size: Int,
        type: String,
        preview: String? = nil
    ) {
        self.name = name
        self.size = size
        self.type = type
        self.preview = preview
    }
}

/// Pass messages on to other conversations, one by one or as one message that holds them.
public struct ForwardCommand: Command, Hashable {
    public typealias Reply = ToForward
    public static let cmd = "forward"
    public var targets: [Int]
    public var to: [String]
    public var merged: Bool?
    public var cid: String?

    public init(
        targets: [Int],
        to: [String],
        merged: Bool? = nil,
        cid: String? = nil
    ) {
        self.targets = targets
        self.to = to
        self.merged = merged
        self.cid = cid
    }
}

/// Who wrote it first, and when.
public struct Forwarded: Codable, Hashable, Sendable {
    public var from: String
    /// Whole seconds since 1970.
    public var time: Int

    public init(
        from: String,
        time: Int
    ) {
        self.from = from
        self.time = time
    }
}

public struct ForwardedBundle: Codable, Hashable, Sendable {
    public var title: String
    public var items: [ForwardedItem]

    public init(
        title: String,
        items: [ForwardedItem]
    ) {
        self.title = title
        self.items = items
    }
}

public struct ForwardedItem: Codable, Hashable, Sendable {
    public var from: String
    public var nickname: String
    public var kind: String
    public var content: String
    /// Whole seconds since 1970.
    public var time: Int

    public init(
        from: String,
        nickname: String,
        kind: String,
        content: String,
        time: Int
    ) {
        self.from = from
        self.nickname = nickname
        self.kind = kind
        self.content = content
        self.time = time
    }
}

/// What is between these ids cannot be had.
public struct Gap: Codable, Hashable, Sendable {
    public var from: Int
    public var to: Int

    public init(
        from: Int,
        to: Int
    ) {
        self.from = from
        self.to = to
    }
}

/// A bot has written more of an answer: all of it so far, or what is new.
public struct GrowCommand: Command, Hashable {
    public typealias Reply = Done
    public static let cmd = "grow"
    public var to: String
    public var cid: String
    public var content: String
    public var more: Bool?

    public init(
        to: String,
        cid: String,
        content: String,
        more: Bool? = nil
    ) {
        self.to = to
        self.cid = cid
        self.content = content
        self.more = more
    }
}

/// A bot is writing an answer: `content` is `more` of it, or all. `done`: a message follows, or none.
public struct Growing: Codable, Hashable, Sendable {
    public var conversation: String
    public var from: String
    public var answer: String
    public var content: String?
    public var more: Bool?
    public var done: Bool?

    public init(
        conversation: String,
        from: String,
        answer: String,
        content: String? = nil,
        more: Bool? = nil,
        done: Bool? = nil
    ) {
        self.conversation = conversation
        self.from = from
        self.answer = answer
        self.content = content
        self.more = more
        self.done = done
    }
}

/// The server is there.
public struct Heartbeat: Codable, Hashable, Sendable {
    /// Whole seconds since 1970.
    public var time: Int

    public init(
        time: Int
    ) {
        self.time = time
    }
}

/// Who calls, and where to go on. The first command.
public struct HelloCommand: Command, Hashable {
    public typealias Reply = ToHello
    public static let cmd = "hello"
    public var token: String?
    public var userid: String?
    public var device: String?
    public var since: Int?
    public var log: String?

    public init(
        token: String? = nil,
        userid: String? = nil,
        device: String? = nil,
        since: Int? = nil,
        log: String? = nil
    ) {
        self.token = token
        self.userid = userid
        self.device = device
        self.since = since
        self.log = log
    }
}

/// What the page says of itself to which a message links.
public struct LinkPreview: Codable, Hashable, Sendable {
    public var url: String
    public var title: String
    public var description: String?
    public var site: String?
    public var picture: String?

    public init(
        url: String,
        title: String,
        description: String? = nil,
        site: String? = nil,
        picture: String? = nil
    ) {
        self.url = url
        self.title = title
        self.description = description
        self.site = site
        self.picture = picture
    }
}

/// Somebody has written.
public struct Message: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    public var from: String
    public var kind: Kind
    public var content: String
    public var `extension`: String
    /// Whole seconds since 1970.
    public var time: Int
    /// The message that it replies to.
    public var reply: Int?
    /// Of one's own messages: the name they were given.
    public var cid: String?
    /// Members of the group; `*`: all of them.
    public var mentions: [String]?
    public var forwarded: Forwarded?
    /// It makes no sound and is not pushed.
    public var silent: Bool?
    /// What a program has attached.
    public var custom: [String: JSON]?
    public var file: File?
    public var place: Place?
    public var bundle: ForwardedBundle?
    public var card: Card?
    public var poll: Poll?

    public init(
        id: Int,
        conversation: String,
        from: String,
        kind: Kind,
        content: String,
        `extension`: String,
        time: Int,
        reply: Int? = nil,
        cid: String? = nil,
        mentions: [String]? = nil,
        forwarded: Forwarded? = nil,
        silent: Bool? = nil,
        custom: [String: JSON]? = nil,
        file: File? = nil,
        place: Place? = nil,
        bundle: ForwardedBundle? = nil,
        card: Card? = nil,
        poll: Poll? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.from = from
        self.kind = kind
        self.content = content
        self.`extension` = `extension`
        self.time = time
        self.reply = reply
        self.cid = cid
        self.mentions = mentions
        self.forwarded = forwarded
        self.silent = silent
        self.custom = custom
        self.file = file
        self.place = place
        self.bundle = bundle
        self.card = card
        self.poll = poll
    }
}

/// Something has changed in the group.
public struct Notice: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    /// Whole seconds since 1970.
    public var time: Int
    public var joined: [String]?
    public var left: [String]?
    public var name: String?
    public var notice: String?
    public var picture: Bool?
    public var nicknames: [String]?
    public var messagePinned: Int?
    public var messageUnpinned: Int?
    public var custom: [String: JSON]?
    public var roles: [String: Role]?
    public var muted: Bool?
    public var slow: Int?
    public var dissolved: Bool?
    public var restored: Bool?
    public var noticeBy: NoticeBy?
    public var addBy: AddBy?
    public var approval: Bool?
    public var history: History?
    public var confirm: Bool?
    public var by: String?

    public init(
        id: Int,
        conversation: String,
        time: Int,
        joined: [String]? = nil,
        left: [String]? = nil,
        name: String? = nil,
        notice: String? = nil,
        picture: Bool? = nil,
        nicknames: [String]? = nil,
        messagePinned: Int? = nil,
        messageUnpinned: Int? = nil,
        custom: [String: JSON]? = nil,
        roles: [String: Role]? = nil,
        muted: Bool? = nil,
        slow: Int? = nil,
        dissolved: Bool? = nil,
        restored: Bool? = nil,
        noticeBy: NoticeBy? = nil,
        addBy: AddBy? = nil,
        approval: Bool? = nil,
        history: History? = nil,
        confirm: Bool? = nil,
        by: String? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.time = time
        self.joined = joined
        self.left = left
        self.name = name
        self.notice = notice
        self.picture = picture
        self.nicknames = nicknames
        self.messagePinned = messagePinned
        self.messageUnpinned = messageUnpinned
        self.custom = custom
        self.roles = roles
        self.muted = muted
        self.slow = slow
        self.dissolved = dissolved
        self.restored = restored
        self.noticeBy = noticeBy
        self.addBy = addBy
        self.approval = approval
        self.history = history
        self.confirm = confirm
        self.by = by
    }

    enum CodingKeys: String, CodingKey {
        case id
        case conversation
        case time
        case joined
        case left
        case name
        case notice
        case picture
        case nicknames
        case messagePinned = "message_pinned"
        case messageUnpinned = "message_unpinned"
        case custom
        case roles
        case muted
        case slow
        case dissolved
        case restored
        case noticeBy = "notice_by"
        case addBy = "add_by"
        case approval
        case history
        case confirm
        case by
    }
}

/// Is the server there?
public struct PingCommand: Command, Hashable {
    public typealias Reply = Done
    public static let cmd = "ping"

    public init() {}
}

/// What a message of the kind `location` has besides the coordinates. Both may be empty.
public struct Place: Codable, Hashable, Sendable {
    public var name: String
    public var address: String

    public init(
        name: String,
        address: String
    ) {
        self.name = name
        self.address = address
    }
}

/// What a location is called.
public struct PlaceCommand: Codable, Hashable, Sendable {
    public var name: String?
    public var address: String?

    public init(
        name: String? = nil,
        address: String? = nil
    ) {
        self.name = name
        self.address = address
    }
}

/// What a message of the kind `poll` has besides the question.
public struct Poll: Codable, Hashable, Sendable {
    public var options: [String]
    public var multiple: Bool
    public var anonymous: Bool
    public var until: Int?
    public var votes: [Int]?
    public var voters: [[String]]?
    public var mine: [Int]?
    public var closed: Bool?

    public init(
        options: [String],
        multiple: Bool,
        anonymous: Bool,
        until: Int? = nil,
        votes: [Int]? = nil,
        voters: [[String]]? = nil,
        mine: [Int]? = nil,
        closed: Bool? = nil
    ) {
        self.options = options
        self.multiple = multiple
        self.anonymous = anonymous
        self.until = until
        self.votes = votes
        self.voters = voters
        self.mine = mine
        self.closed = closed
    }
}

/// Of a poll: how many have voted for each option, and the first of them by name; not in anonymous ones. `mine`: the options for which oneself has voted.
public struct PollChanged: Codable, Hashable, Sendable {
    public var conversation: String
    public var target: Int
    public var id: Int?
    public var votes: [Int]?
    public var voters: [[String]]?
    public var mine: [Int]?
    public var closed: Bool?

    public init(
        conversation: String,
        target: Int,
        id: Int? = nil,
        votes: [Int]? = nil,
        voters: [[String]]? = nil,
        mine: [Int]? = nil,
        closed: Bool? = nil
    ) {
        self.conversation = conversation
        self.target = target
        self.id = id
        self.votes = votes
        self.voters = voters
        self.mine = mine
        self.closed = closed
    }
}

/// What there is to choose from, and how. `until`: when it closes.
public struct PollCommand: Codable, Hashable, Sendable {
    public var options: [String]
    public var multiple: Bool?
    public var anonymous: Bool?
    public var until: Int?

    public init(
        options: [String],
        multiple: Bool? = nil,
        anonymous: Bool? = nil,
        until: Int? = nil
    ) {
        self.options = options
        self.multiple = multiple
        self.anonymous = anonymous
        self.until = until
    }
}

/// One of those who are watched has come online, or gone.
public struct Presence: Codable, Hashable, Sendable {
    public var user: String
    public var online: Bool

    public init(
        user: String,
        online: Bool
    ) {
        self.user = user
        self.online = online
    }
}

/// Tell who of these people is online, from now on.
public struct PresenceCommand: Command, Hashable {
    public typealias Reply = ToPresence
    public static let cmd = "presence"
    public var users: [String]

    public init(
        users: [String]
    ) {
        self.users = users
    }
}

/// Press a button of a card.
public struct PressCommand: Command, Hashable {
    public typealias Reply = Done
    public static let cmd = "press"
    public var target: Int
    public var action: String
    public var cid: String?

    public init(
        target: Int,
        action: String,
        cid: String? = nil
    ) {
        self.target = target
        self.action = action
        self.cid = cid
    }
}

/// The message `target` links to a page that says this of itself.
public struct PreviewTold: Codable, Hashable, Sendable {
    public var conversation: String
    public var target: Int
    public var preview: LinkPreview

    public init(
        conversation: String,
        target: Int,
        preview: LinkPreview
    ) {
        self.conversation = conversation
        self.target = target
        self.preview = preview
    }
}

/// Give a reaction to a message, or take it back.
public struct ReactCommand: Command, Hashable {
    public typealias Reply = ToChange
    public static let cmd = "react"
    public var target: Int
    public var emoji: String
    public var on: Bool?

    public init(
        target: Int,
        emoji: String,
        on: Bool? = nil
    ) {
        self.target = target
        self.emoji = emoji
        self.on = on
    }
}

/// `from` has given a reaction to the message `target`, or taken it back.
public struct Reaction: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    public var target: Int
    public var from: String
    /// Whole seconds since 1970.
    public var time: Int
    public var emoji: String
    public var on: Bool

    public init(
        id: Int,
        conversation: String,
        target: Int,
        from: String,
        time: Int,
        emoji: String,
        on: Bool
    ) {
        self.id = id
        self.conversation = conversation
        self.target = target
        self.from = from
        self.time = time
        self.emoji = emoji
        self.on = on
    }
}

/// Everything in the conversation up to this id is read.
public struct ReadCommand: Command, Hashable {
    public typealias Reply = ToRead
    public static let cmd = "read"
    public var to: String
    public var upto: Int

    public init(
        to: String,
        upto: Int
    ) {
        self.to = to
        self.upto = upto
    }
}

/// `user` has read everything in the conversation up to this id.
public struct ReadUpTo: Codable, Hashable, Sendable {
    public var conversation: String
    public var user: String
    public var upto: Int

    public init(
        conversation: String,
        user: String,
        upto: Int
    ) {
        self.conversation = conversation
        self.user = user
        self.upto = upto
    }
}

/// Take a message back.
public struct RecallCommand: Command, Hashable {
    public typealias Reply = ToChange
    public static let cmd = "recall"
    public var target: Int

    public init(
        target: Int
    ) {
        self.target = target
    }
}

/// The message `target` is gone.
public struct Recalled: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    public var target: Int
    public var from: String
    /// Whole seconds since 1970.
    public var time: Int
    public var by: String?

    public init(
        id: Int,
        conversation: String,
        target: Int,
        from: String,
        time: Int,
        by: String? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.target = target
        self.from = from
        self.time = time
        self.by = by
    }
}

/// Why a command was refused. `retry`: try again after so many seconds; `until`: when it ends.
public struct Refusal: Codable, Hashable, Sendable {
    public var code: Int
    public var name: String
    public var reason: String
    public var retry: Int?
    /// Whole seconds since 1970.
    public var until: Int?
    public var why: String?

    public init(
        code: Int,
        name: String,
        reason: String,
        retry: Int? = nil,
        until: Int? = nil,
        why: String? = nil
    ) {
        self.code = code
        self.name = name
        self.reason = reason
        self.retry = retry
        self.until = until
        self.why = why
    }
}

/// `count` people ask to join the group, which the person manages.
public struct RequestsChanged: Codable, Hashable, Sendable {
    public var conversation: String
    public var count: Int

    public init(
        conversation: String,
        count: Int
    ) {
        self.conversation = conversation
        self.count = count
    }
}

/// A moderator's recall of the message `target` is undone. `sent`: the time of the message. Nothing of the message is there if it was erased since.
public struct Restored: Codable, Hashable, Sendable {
    public var id: Int
    public var conversation: String
    public var target: Int
    public var from: String
    /// Whole seconds since 1970.
    public var time: Int
    public var mentions: [String]?
    public var forwarded: Forwarded?
    /// It makes no sound and is not pushed.
    public var silent: Bool?
    /// What a program has attached.
    public var custom: [String: JSON]?
    public var kind: Kind?
    public var content: String?
    public var `extension`: String?
    /// Whole seconds since 1970.
    public var sent: Int?
    public var reply: Int?
    public var by: String
    public var file: File?
    public var place: Place?
    public var bundle: ForwardedBundle?
    public var card: Card?
    public var poll: Poll?

    public init(
        id: Int,
        conversation: String,
        target: Int,
        from: String,
        time: Int,
        by: String,
        mentions: [String]? = nil,
        forwarded: Forwarded? = nil,
        silent: Bool? = nil,
        custom: [String: JSON]? = nil,
        kind: Kind? = nil,
        content: String? = nil,
        `extension`: String? = nil,
        sent: Int? = nil,
        reply: Int? = nil,
        file: File? = nil,
        place: Place? = nil,
        bundle: ForwardedBundle? = nil,
        card: Card? = nil,
        poll: Poll? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.target = target
        self.from = from
        self.time = time
        self.mentions = mentions
        self.forwarded = forwarded
        self.silent = silent
        self.custom = custom
        self.kind = kind
        self.content = content
        self.`extension` = `extension`
        self.sent = sent
        self.reply = reply
        self.by = by
        self.file = file
        self.place = place
        self.bundle = bundle
        self.card = card
        self.poll = poll
    }
}

/// Send a message.
public struct SendCommand: Command, Hashable {
    public typealias Reply = ToSend
    public static let cmd = "send"
    public var to: String
    public var kind: Kind
    public var content: String
    public var cid: String?
    public var `extension`: String?
    public var reply: Int?
    public var name: String?
    public var mentions: [String]?
    public var silent: Bool?
    public var custom: [String: JSON]?
    public var place: PlaceCommand?
    public var poll: PollCommand?

    public init(
        to: String,
        kind: Kind,
        content: String,
        cid: String? = nil,
        `extension`: String? = nil,
        reply: Int? = nil,
        name: String? = nil,
        mentions: [String]? = nil,
        silent: Bool? = nil,
        custom: [String: JSON]? = nil,
        place: PlaceCommand? = nil,
        poll: PollCommand? = nil
    ) {
        self.to = to
        self.kind = kind
        self.content = content
        self.cid = cid
        self.`extension` = `extension`
        self.reply = reply
        self.name = name
        self.mentions = mentions
        self.silent = silent
        self.custom = custom
        self.place = place
        self.poll = poll
    }
}

/// A moderator has done something to the person, or it has ended.
public struct Standing: Codable, Hashable, Sendable {
    public var id: Int
    public var muted: Bool?
    public var mutedUntil: Int?
    public var banned: Bool?
    public var warned: Bool?
    public var conversation: String?
    public var reason: String?

    public init(
        id: Int,
        muted: Bool? = nil,
        mutedUntil: Int? = nil,
        banned: Bool? = nil,
        warned: Bool? = nil,
        conversation: String? = nil,
        reason: String? = nil
    ) {
        self.id = id
        self.muted = muted
        self.mutedUntil = mutedUntil
        self.banned = banned
        self.warned = warned
        self.conversation = conversation
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case id
        case muted
        case mutedUntil = "muted_until"
        case banned
        case warned
        case conversation
        case reason
    }
}

public struct ToChange: Codable, Hashable, Sendable {
    public var id: Int
    public var content: String?

    public init(
        id: Int,
        content: String? = nil
    ) {
        self.id = id
        self.content = content
    }
}

public struct ToForward: Codable, Hashable, Sendable {
    public var ids: [Int]

    public init(
        ids: [Int]
    ) {
        self.ids = ids
    }
}

public struct ToHello: Codable, Hashable, Sendable {
    public var user: User
    public var log: String
    public var head: Int
    public var heartbeat: Double
    public var limits: [String: Int]
    public var features: [String]

    public init(
        user: User,
        log: String,
        head: Int,
        heartbeat: Double,
        limits: [String: Int],
        features: [String]
    ) {
        self.user = user
        self.log = log
        self.head = head
        self.heartbeat = heartbeat
        self.limits = limits
        self.features = features
    }
}

public struct ToPresence: Codable, Hashable, Sendable {
    public var online: [String]

    public init(
        online: [String]
    ) {
        self.online = online
    }
}

public struct ToRead: Codable, Hashable, Sendable {
    public var unread: Int

    public init(
        unread: Int
    ) {
        self.unread = unread
    }
}

public struct ToSend: Codable, Hashable, Sendable {
    public var id: Int
    /// Whole seconds since 1970.
    public var time: Int
    public var content: String?

    public init(
        id: Int,
        time: Int,
        content: String? = nil
    ) {
        self.id = id
        self.time = time
        self.content = content
    }
}

/// `from` is writing something.
public struct Typing: Codable, Hashable, Sendable {
    public var conversation: String
    public var from: String

    public init(
        conversation: String,
        from: String
    ) {
        self.conversation = conversation
        self.from = from
    }
}

/// The person is writing something.
public struct TypingCommand: Command, Hashable {
    public typealias Reply = Done
    public static let cmd = "typing"
    public var to: String

    public init(
        to: String
    ) {
        self.to = to
    }
}

public struct User: Codable, Hashable, Sendable {
    public var userid: String
    public var nickname: String
    public var avatar: String
    public var bot: Bool?

    public init(
        userid: String,
        nickname: String,
        avatar: String,
        bot: Bool? = nil
    ) {
        self.userid = userid
        self.nickname = nickname
        self.avatar = avatar
        self.bot = bot
    }
}

/// Vote in a poll, in the place of what one has voted before. No options: take it back.
public struct VoteCommand: Command, Hashable {
    public typealias Reply = ToChange
    public static let cmd = "vote"
    public var target: Int
    public var cid: String?
    /// Indexes from 0 on.
    public var options: [Int]

    public init(
        target: Int,
        options: [Int],
        cid: String? = nil
    ) {
        self.target = target
        self.cid = cid
        self.options = options
    }
}

/// What the server sends without a command.
public enum Event: Hashable, Sendable {
    case message(Message)
    case edited(Edited)
    case recalled(Recalled)
    case restored(Restored)
    case reaction(Reaction)
    case poll(PollChanged)
    case notice(Notice)
    case standing(Standing)
    case read(ReadUpTo)
    case conversation(ConversationChanged)
    case contact(ContactChanged)
    case requests(RequestsChanged)
    case typing(Typing)
    case growing(Growing)
    case preview(PreviewTold)
    case presence(Presence)
    case caughtUp(CaughtUp)
    case gap(Gap)
    case heartbeat(Heartbeat)
    /// One that a later version of the server has added.
    case unknown(JSON)
}

extension Event: Decodable {
    public init(from decoder: any Decoder) throws {
        switch try Name(from: decoder).ev {
        case "message": self = .message(try Message(from: decoder))
        case "edited": self = .edited(try Edited(from: decoder))
        case "recalled": self = .recalled(try Recalled(from: decoder))
        case "restored": self = .restored(try Restored(from: decoder))
        case "reaction": self = .reaction(try Reaction(from: decoder))
        case "poll": self = .poll(try PollChanged(from: decoder))
        case "notice": self = .notice(try Notice(from: decoder))
        case "standing": self = .standing(try Standing(from: decoder))
        case "read": self = .read(try ReadUpTo(from: decoder))
        case "conversation": self = .conversation(try ConversationChanged(from: decoder))
        case "contact": self = .contact(try ContactChanged(from: decoder))
        case "requests": self = .requests(try RequestsChanged(from: decoder))
        case "typing": self = .typing(try Typing(from: decoder))
        case "growing": self = .growing(try Growing(from: decoder))
        case "preview": self = .preview(try PreviewTold(from: decoder))
        case "presence": self = .presence(try Presence(from: decoder))
        case "caught_up": self = .caughtUp(try CaughtUp(from: decoder))
        case "gap": self = .gap(try Gap(from: decoder))
        case "heartbeat": self = .heartbeat(try Heartbeat(from: decoder))
        default: self = .unknown(try JSON(from: decoder))
        }
    }

    private struct Name: Decodable { let ev: String }
}
