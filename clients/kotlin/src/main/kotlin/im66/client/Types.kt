// Commands, events, replies and answers of the API. Made by make_types.py; do not edit.

package im66.client

import org.json.JSONObject

/** What a client asks for, and the reply [R] to it. */
sealed class Command<R>(internal val cmd: String, internal val parsed: (JSONObject) -> R) : Part

/** Everything up to this id has arrived at the device. */
data class AckCommand(
    val upto: Long,
) : Command<Done>("ack", Done::of) {
    override fun toJson() = jsonOf("upto" to upto)
}

/** Take no more answers to a poll. */
data class ClosePollCommand(
    val target: Long,
) : Command<ToChange>("close_poll", ToChange::of) {
    override fun toJson() = jsonOf("target" to target)
}

/** Give a text of one's own another content. */
data class EditCommand(
    val target: Long,
    val content: String,
    val mentions: List<String> = emptyList(),
    val custom: JSONObject? = null,
) : Command<ToChange>("edit", ToChange::of) {
    override fun toJson() = jsonOf("target" to target, "content" to content, "mentions" to mentions, "custom" to custom)
}

/** Pass messages on to other conversations, one by one or as one message that holds them. */
data class ForwardCommand(
    val targets: List<Long>,
    val to: List<String>,
    val merged: Boolean = false,
    val cid: String? = null,
) : Command<ToForward>("forward", ToForward::of) {
    override fun toJson() = jsonOf("targets" to targets, "to" to to, "merged" to merged, "cid" to cid)
}

/** A bot has written more of an answer: all of it so far, or what is new. */
data class GrowCommand(
    val to: String,
    val cid: String,
    val content: String,
    val more: Boolean = false,
) : Command<Done>("grow", Done::of) {
    override fun toJson() = jsonOf("to" to to, "cid" to cid, "content" to content, "more" to more)
}

/** Who calls, and where to go on. The first command. */
data class HelloCommand(
    val token: String? = null,
    val userid: String? = null,
    val device: String? = null,
    val since: Long? = null,
    val log: String? = null,
) : Command<ToHello>("hello", ToHello::of) {
    override fun toJson() = jsonOf("token" to token, "userid" to userid, "device" to device, "since" to since, "log" to log)
}

/** Is the server there? */
data object PingCommand : Command<Done>("ping", Done::of) {
    override fun toJson() = jsonOf()
}

/** What a location is called. */
data class PlaceCommand(
    val name: String = "",
    val address: String = "",
) : Part {
    override fun toJson() = jsonOf("name" to name, "address" to address)

    companion object {
        fun of(json: JSONObject) = PlaceCommand(
            name = json.optional("name", string) ?: "",
            address = json.optional("address", string) ?: "",
        )
    }
}

/** What there is to choose from, and how. `until`: when it closes. */
data class PollCommand(
    val options: List<String>,
    val multiple: Boolean = false,
    val anonymous: Boolean = false,
    val until: Long? = null,
) : Part {
    override fun toJson() = jsonOf("options" to options, "multiple" to multiple, "anonymous" to anonymous, "until" to until)

    companion object {
        fun of(json: JSONObject) = PollCommand(
            options = json.required("options", list(string)),
            multiple = json.optional("multiple", boolean) ?: false,
            anonymous = json.optional("anonymous", boolean) ?: false,
            until = json.optional("until", long),
        )
    }
}

/** Tell who of these people is online, from now on. */
data class PresenceCommand(
    val users: List<String>,
) : Command<ToPresence>("presence", ToPresence::of) {
    override fun toJson() = jsonOf("users" to users)
}

/** Press a button of a card. */
data class PressCommand(
    val target: Long,
    val action: String,
    val cid: String? = null,
) : Command<Done>("press", Done::of) {
    override fun toJson() = jsonOf("target" to target, "action" to action, "cid" to cid)
}

/** Give a reaction to a message, or take it back. */
data class ReactCommand(
    val target: Long,
    val emoji: String,
    val on: Boolean = true,
) : Command<ToChange>("react", ToChange::of) {
    override fun toJson() = jsonOf("target" to target, "emoji" to emoji, "on" to on)
}

/** Everything in the conversation up to this id is read. */
data class ReadCommand(
    val to: String,
    val upto: Long,
) : Command<ToRead>("read", ToRead::of) {
    override fun toJson() = jsonOf("to" to to, "upto" to upto)
}

/** Take a message back. */
data class RecallCommand(
    val target: Long,
) : Command<ToChange>("recall", ToChange::of) {
    override fun toJson() = jsonOf("target" to target)
}

/** Send a message. */
data class SendCommand(
    val to: String,
    /** One of: audio, emotion, file, location, picture, poll, text, video. */
    val kind: String,
    val content: String,
    val cid: String? = null,
    val extension: String = "",
    val reply: Long? = null,
    val name: String? = null,
    val mentions: List<String> = emptyList(),
    val silent: Boolean = false,
    val custom: JSONObject? = null,
    val place: PlaceCommand? = null,
    val poll: PollCommand? = null,
) : Command<ToSend>("send", ToSend::of) {
    override fun toJson() = jsonOf("to" to to, "kind" to kind, "content" to content, "cid" to cid, "extension" to extension, "reply" to reply, "name" to name, "mentions" to mentions, "silent" to silent, "custom" to custom, "place" to place, "poll" to poll)

    companion object {
        fun of(json: JSONObject) = SendCommand(
            to = json.required("to", string),
            kind = json.required("kind", string),
            content = json.required("content", string),
            cid = json.optional("cid", string),
            extension = json.optional("extension", string) ?: "",
            reply = json.optional("reply", long),
            name = json.optional("name", string),
            mentions = json.optional("mentions", list(string)) ?: emptyList(),
            silent = json.optional("silent", boolean) ?: false,
            custom = json.optional("custom", part { it }),
            place = json.optional("place", part(PlaceCommand::of)),
            poll = json.optional("poll", part(PollCommand::of)),
        )
    }
}

/** The person is writing something. */
data class TypingCommand(
    val to: String,
) : Command<Done>("typing", Done::of) {
    override fun toJson() = jsonOf("to" to to)
}

/** Vote in a poll, in the place of what one has voted before. No options: take it back. */
data class VoteCommand(
    val target: Long,
    val cid: String? = null,
    /** Indexes from 0 on. */
    val options: List<Long>,
) : Command<ToChange>("vote", ToChange::of) {
    override fun toJson() = jsonOf("target" to target, "cid" to cid, "options" to options)
}

/** What the server sends without being asked. */
sealed interface Event {
    /** One of a later version. */
    data class Unknown(val ev: String, val json: JSONObject) : Event

    companion object {
        fun of(json: JSONObject): Event = when (val ev = json.getString("ev")) {
            "message" -> Message.of(json)
            "edited" -> Edited.of(json)
            "recalled" -> Recalled.of(json)
            "restored" -> Restored.of(json)
            "reaction" -> Reaction.of(json)
            "poll" -> PollChanged.of(json)
            "notice" -> Notice.of(json)
            "standing" -> Standing.of(json)
            "read" -> ReadUpTo.of(json)
            "conversation" -> ConversationChanged.of(json)
            "contact" -> ContactChanged.of(json)
            "requests" -> RequestsChanged.of(json)
            "typing" -> Typing.of(json)
            "growing" -> Growing.of(json)
            "preview" -> PreviewTold.of(json)
            "presence" -> Presence.of(json)
            "caught_up" -> CaughtUp.of(json)
            "gap" -> Gap.of(json)
            "heartbeat" -> Heartbeat.of(json)
            else -> Unknown(ev, json)
        }
    }
}

data class ApiConversation(
    /** `u:<userid>` or `g:<groupid>`. */
    val id: String,
    /** True: the other person is a program. */
    val bot: Boolean? = null,
    val title: String,
    val picture: String,
    /** The last message. */
    val last: ApiMessage?,
    /** Messages of others after one's read mark; counted up to 1,000. */
    val unread: Long,
    /** How many of these mention one. */
    val mentioned: Long,
    /** One's read mark: an id. */
    val read: Long,
    /** In the group; empty for a person. */
    val role: String,
    /** No notifications are wanted. */
    val muted: Boolean,
    /** Of which messages notifications are wanted. */
    val notify: String,
    val pinned: Boolean,
    val archived: Boolean,
    /** One has marked it as unread; reading ends it. */
    val markedUnread: Boolean,
    /** What one calls this person; empty for groups. */
    val remark: String,
    /** What one has begun to write. */
    val draft: String,
    /** It waits apart: the other may not come onto one's list at once. */
    val request: Boolean,
    /** It is off one's list until something new is written. */
    val removed: Boolean,
    /** An id: one has cleared everything up to it for oneself. */
    val cleared: Long,
    /** How many of its messages one has hidden from oneself. */
    val hiddenCount: Long,
    /** The other person's read mark; null if it is not told. */
    val readByOther: Long?,
    /** How one came into the group, if nobody has written since. */
    val joined: ApiNotice?,
    /** People who ask to join, if one may let them in. */
    val requests: Long? = null,
) {
    companion object {
        fun of(json: JSONObject) = ApiConversation(
            id = json.required("id", string),
            bot = json.optional("bot", boolean),
            title = json.required("title", string),
            picture = json.required("picture", string),
            last = json.optional("last", part(ApiMessage::of)),
            unread = json.required("unread", long),
            mentioned = json.required("mentioned", long),
            read = json.required("read", long),
            role = json.required("role", string),
            muted = json.required("muted", boolean),
            notify = json.required("notify", string),
            pinned = json.required("pinned", boolean),
            archived = json.required("archived", boolean),
            markedUnread = json.required("marked_unread", boolean),
            remark = json.required("remark", string),
            draft = json.required("draft", string),
            request = json.required("request", boolean),
            removed = json.required("removed", boolean),
            cleared = json.required("cleared", long),
            hiddenCount = json.required("hidden_count", long),
            readByOther = json.optional("read_by_other", long),
            joined = json.optional("joined", part(ApiNotice::of)),
            requests = json.optional("requests", long),
        )
    }
}

data class ApiGroup(
    val id: String,
    val name: String,
    val notice: String,
    val picture: String,
    val creator: String,
    /** Only owners and admins may write. */
    val muted: Boolean,
    /** The others may write once in so many seconds. 0: as often as elsewhere. */
    val slow: Long,
    /** The picture was set, and is not made of the members'. */
    val ownPicture: Boolean,
    /** Which notice it is that is to be confirmed; 0: none. */
    val noticeId: Long,
    /** One has confirmed it. */
    val confirmed: Boolean,
    /** What one is called in this group; empty: as elsewhere. */
    val nickname: String,
    /** What programs have attached. */
    val custom: JSONObject,
    /** Who sets the notice: all members, or owners and admins. */
    val noticeBy: String,
    /** Who adds members: all members, or owners and admins. */
    val addBy: String,
    /** Owners and admins decide about those who follow a link to the group. */
    val approval: Boolean,
    /** What members may read: what was written since they `joined`, or `all`. */
    val history: String,
    /** Members are asked to confirm the notice. */
    val confirm: Boolean,
) {
    companion object {
        fun of(json: JSONObject) = ApiGroup(
            id = json.required("id", string),
            name = json.required("name", string),
            notice = json.required("notice", string),
            picture = json.required("picture", string),
            creator = json.required("creator", string),
            muted = json.required("muted", boolean),
            slow = json.required("slow", long),
            ownPicture = json.required("own_picture", boolean),
            noticeId = json.required("notice_id", long),
            confirmed = json.required("confirmed", boolean),
            nickname = json.required("nickname", string),
            custom = json.required("custom", part { it }),
            noticeBy = json.required("notice_by", string),
            addBy = json.required("add_by", string),
            approval = json.required("approval", boolean),
            history = json.required("history", string),
            confirm = json.required("confirm", boolean),
        )
    }
}

data class ApiMember(
    val userid: String,
    /** As the person has set it; empty: show the userid. */
    val nickname: String,
    /** A picture: the person's own, or the default one. */
    val avatar: String,
    /** True: a program. Else it is left out. */
    val bot: Boolean? = null,
    /** One of: admin, member, owner. */
    val role: String,
    /** What they are called in the group; empty: as elsewhere. */
    val groupNickname: String,
) {
    companion object {
        fun of(json: JSONObject) = ApiMember(
            userid = json.required("userid", string),
            nickname = json.required("nickname", string),
            avatar = json.required("avatar", string),
            bot = json.optional("bot", boolean),
            role = json.required("role", string),
            groupNickname = json.required("group_nickname", string),
        )
    }
}

data class ApiMessage(
    val id: Long,
    val conversation: String,
    val from: String,
    /** One of: audio, bundle, card, emotion, file, location, picture, poll, text, video. */
    val kind: String,
    /** Whole seconds since 1970. */
    val time: Long,
    /** The message that it replies to. */
    val reply: Long? = null,
    /** Of one's own messages: the name they were given. */
    val cid: String? = null,
    /** Members of the group; `*`: all of them. */
    val mentions: List<String>? = null,
    val forwarded: Forwarded? = null,
    /** It makes no sound and is not pushed. */
    val silent: Boolean? = null,
    /** What a program has attached. */
    val custom: JSONObject? = null,
    val content: String? = null,
    /** What shipped apps read of it: only with `extension=true`. */
    val extension: String? = null,
    val file: File? = null,
    val place: Place? = null,
    val bundle: Bundle? = null,
    val card: Card? = null,
    val poll: Poll? = null,
    /** The row that gave it its content. */
    val edited: Long?,
    /** Who has given each emoji: 20 of them, and the reader. */
    val reactions: Map<String, List<String>>,
    /** Of an emoji that more have given. */
    val reactionCounts: Map<String, Long>? = null,
    val preview: Preview? = null,
    /** It has no content. */
    val recalled: Boolean? = null,
    /** Of one that a moderator has recalled. */
    val by: String? = null,
    /** One has starred it. */
    val starred: Boolean? = null,
    /** Of a last message: here is only the beginning of it. */
    val cut: Boolean? = null,
) {
    companion object {
        fun of(json: JSONObject) = ApiMessage(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            from = json.required("from", string),
            kind = json.required("kind", string),
            time = json.required("time", long),
            reply = json.optional("reply", long),
            cid = json.optional("cid", string),
            mentions = json.optional("mentions", list(string)),
            forwarded = json.optional("forwarded", part(Forwarded::of)),
            silent = json.optional("silent", boolean),
            custom = json.optional("custom", part { it }),
            content = json.optional("content", string),
            extension = json.optional("extension", string),
            file = json.optional("file", part(File::of)),
            place = json.optional("place", part(Place::of)),
            bundle = json.optional("bundle", part(Bundle::of)),
            card = json.optional("card", part(Card::of)),
            poll = json.optional("poll", part(Poll::of)),
            edited = json.optional("edited", long),
            reactions = json.required("reactions", map(list(string))),
            reactionCounts = json.optional("reaction_counts", map(long)),
            preview = json.optional("preview", part(Preview::of)),
            recalled = json.optional("recalled", boolean),
            by = json.optional("by", string),
            starred = json.optional("starred", boolean),
            cut = json.optional("cut", boolean),
        )
    }
}

/** What happened to a group, as the event `notice` says it. */
data class ApiNotice(
    val id: Long,
    val conversation: String,
    /** Whole seconds since 1970. */
    val time: Long,
    val joined: List<String>? = null,
    val left: List<String>? = null,
    val name: String? = null,
    val notice: String? = null,
    val picture: Boolean? = null,
    val nicknames: List<String>? = null,
    val messagePinned: Long? = null,
    val messageUnpinned: Long? = null,
    val custom: JSONObject? = null,
    val roles: Map<String, String>? = null,
    val muted: Boolean? = null,
    val slow: Long? = null,
    val dissolved: Boolean? = null,
    val restored: Boolean? = null,
    /** One of: admins, members. */
    val noticeBy: String? = null,
    /** One of: admins, members. */
    val addBy: String? = null,
    val approval: Boolean? = null,
    /** One of: all, joined. */
    val history: String? = null,
    val confirm: Boolean? = null,
    val by: String? = null,
    val kind: String,
) {
    companion object {
        fun of(json: JSONObject) = ApiNotice(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            time = json.required("time", long),
            joined = json.optional("joined", list(string)),
            left = json.optional("left", list(string)),
            name = json.optional("name", string),
            notice = json.optional("notice", string),
            picture = json.optional("picture", boolean),
            nicknames = json.optional("nicknames", list(string)),
            messagePinned = json.optional("message_pinned", long),
            messageUnpinned = json.optional("message_unpinned", long),
            custom = json.optional("custom", part { it }),
            roles = json.optional("roles", map(string)),
            muted = json.optional("muted", boolean),
            slow = json.optional("slow", long),
            dissolved = json.optional("dissolved", boolean),
            restored = json.optional("restored", boolean),
            noticeBy = json.optional("notice_by", string),
            addBy = json.optional("add_by", string),
            approval = json.optional("approval", boolean),
            history = json.optional("history", string),
            confirm = json.optional("confirm", boolean),
            by = json.optional("by", string),
            kind = json.required("kind", string),
        )
    }
}

data class ApiProfile(
    val userid: String,
    /** As the person has set it; empty: show the userid. */
    val nickname: String,
    /** A picture: the person's own, or the default one. */
    val avatar: String,
    /** True: a program. Else it is left out. */
    val bot: Boolean? = null,
) {
    companion object {
        fun of(json: JSONObject) = ApiProfile(
            userid = json.required("userid", string),
            nickname = json.required("nickname", string),
            avatar = json.required("avatar", string),
            bot = json.optional("bot", boolean),
        )
    }
}

data class ApiStored(
    val url: String,
    /** The kind of a message with this file. */
    val kind: String,
    /** The media type. */
    val type: String,
    /** In bytes. */
    val size: Long,
    val width: Long? = null,
    val height: Long? = null,
    val seconds: Long? = null,
    /** A picture of the video. */
    val poster: String? = null,
) {
    companion object {
        fun of(json: JSONObject) = ApiStored(
            url = json.required("url", string),
            kind = json.required("kind", string),
            type = json.required("type", string),
            size = json.required("size", long),
            width = json.optional("width", long),
            height = json.optional("height", long),
            seconds = json.optional("seconds", long),
            poster = json.optional("poster", string),
        )
    }
}

data class ApiStoredDocument(
    /** What a message of the kind `file` has as its content. */
    val url: String? = null,
    val kind: String,
    val name: String,
    /** By its name. */
    val type: String,
    /** In bytes. */
    val size: Long,
    /** A picture of its first page. */
    val preview: String? = null,
    /** It cannot be sent yet, and has no `url`. */
    val waitsFor: String? = null,
) {
    companion object {
        fun of(json: JSONObject) = ApiStoredDocument(
            url = json.optional("url", string),
            kind = json.required("kind", string),
            name = json.required("name", string),
            type = json.required("type", string),
            size = json.required("size", long),
            preview = json.optional("preview", string),
            waitsFor = json.optional("waits_for", string),
        )
    }
}

/** What a message of the kind `card` has besides its text. All but the title may be empty. */
data class Card(
    val title: String,
    val text: String,
    val url: String,
    val fields: List<CardField>,
    val picture: String? = null,
    val actions: List<CardAction>? = null,
) {
    companion object {
        fun of(json: JSONObject) = Card(
            title = json.required("title", string),
            text = json.required("text", string),
            url = json.required("url", string),
            fields = json.required("fields", list(part(CardField::of))),
            picture = json.optional("picture", string),
            actions = json.optional("actions", list(part(CardAction::of))),
        )
    }
}

/** A button of a card. */
data class CardAction(
    val id: String,
    val label: String,
) {
    companion object {
        fun of(json: JSONObject) = CardAction(
            id = json.required("id", string),
            label = json.required("label", string),
        )
    }
}

/** A line of a card. */
data class CardField(
    val name: String,
    val value: String,
) {
    companion object {
        fun of(json: JSONObject) = CardField(
            name = json.required("name", string),
            value = json.required("value", string),
        )
    }
}

/** Everything up to this id has come. */
data class CaughtUp(
    val id: Long,
) : Event {
    companion object {
        fun of(json: JSONObject) = CaughtUp(
            id = json.required("id", long),
        )
    }
}

/** How `user` stands to the person has changed, or whether the person has blocked them. */
data class ContactChanged(
    val user: String,
    /** One of: contact, incoming, none, outgoing. */
    val state: String,
) : Event {
    companion object {
        fun of(json: JSONObject) = ContactChanged(
            user = json.required("user", string),
            state = json.required("state", string),
        )
    }
}

/** The person has changed this of the conversation, one of two has pinned, or a picture has changed. */
data class ConversationChanged(
    val conversation: String,
    val muted: Boolean? = null,
    /** One of: all, mentions, none. */
    val notify: String? = null,
    val pinned: Boolean? = null,
    val archived: Boolean? = null,
    val markedUnread: Boolean? = null,
    val remark: String? = null,
    val draft: String? = null,
    val removed: Boolean? = null,
    val cleared: Long? = null,
    val hidden: List<Long>? = null,
    val unhidden: List<Long>? = null,
    val starred: List<Long>? = null,
    val unstarred: List<Long>? = null,
    val stickers: Boolean? = null,
    val noticeConfirmed: Long? = null,
    val messagePinned: Long? = null,
    val messageUnpinned: Long? = null,
    val request: Boolean? = null,
    val picture: String? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = ConversationChanged(
            conversation = json.required("conversation", string),
            muted = json.optional("muted", boolean),
            notify = json.optional("notify", string),
            pinned = json.optional("pinned", boolean),
            archived = json.optional("archived", boolean),
            markedUnread = json.optional("marked_unread", boolean),
            remark = json.optional("remark", string),
            draft = json.optional("draft", string),
            removed = json.optional("removed", boolean),
            cleared = json.optional("cleared", long),
            hidden = json.optional("hidden", list(long)),
            unhidden = json.optional("unhidden", list(long)),
            starred = json.optional("starred", list(long)),
            unstarred = json.optional("unstarred", list(long)),
            stickers = json.optional("stickers", boolean),
            noticeConfirmed = json.optional("notice_confirmed", long),
            messagePinned = json.optional("message_pinned", long),
            messageUnpinned = json.optional("message_unpinned", long),
            request = json.optional("request", boolean),
            picture = json.optional("picture", string),
        )
    }
}

/** Nothing. */
data object Done {
    fun of(json: JSONObject) = Done
}

/** The message `target` has other content. */
data class Edited(
    val id: Long,
    val conversation: String,
    val target: Long,
    val from: String,
    /** Whole seconds since 1970. */
    val time: Long,
    val content: String,
    val mentions: List<String>? = null,
    /** What a program has attached. */
    val custom: JSONObject? = null,
    val card: Card? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = Edited(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            target = json.required("target", long),
            from = json.required("from", string),
            time = json.required("time", long),
            content = json.required("content", string),
            mentions = json.optional("mentions", list(string)),
            custom = json.optional("custom", part { it }),
            card = json.optional("card", part(Card::of)),
        )
    }
}

/** What a message of the kind `file` has besides the address. */
data class File(
    val name: String,
    /** In bytes. */
    val size: Long,
    val type: String,
    val preview: String? = null,
) {
    companion object {
        fun of(json: JSONObject) = File(
            name = json.required("name", string),
            size = json.required("size", long),
            type = json.required("type", string),
            preview = json.optional("preview", string),
        )
    }
}

/** Who wrote it first, and when. */
data class Forwarded(
    val from: String,
    /** Whole seconds since 1970. */
    val time: Long,
) {
    companion object {
        fun of(json: JSONObject) = Forwarded(
            from = json.required("from", string),
            time = json.required("time", long),
        )
    }
}

/** What is between these ids cannot be had. */
data class Gap(
    val from: Long,
    val to: Long,
) : Event {
    companion object {
        fun of(json: JSONObject) = Gap(
            from = json.required("from", long),
            to = json.required("to", long),
        )
    }
}

/** A bot is writing an answer: `content` is `more` of it, or all. `done`: a message follows, or none. */
data class Growing(
    val conversation: String,
    val from: String,
    val answer: String,
    val content: String? = null,
    val more: Boolean? = null,
    val done: Boolean? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = Growing(
            conversation = json.required("conversation", string),
            from = json.required("from", string),
            answer = json.required("answer", string),
            content = json.optional("content", string),
            more = json.optional("more", boolean),
            done = json.optional("done", boolean),
        )
    }
}

/** The server is there. */
data class Heartbeat(
    /** Whole seconds since 1970. */
    val time: Long,
) : Event {
    companion object {
        fun of(json: JSONObject) = Heartbeat(
            time = json.required("time", long),
        )
    }
}

/** Somebody has written. */
data class Message(
    val id: Long,
    val conversation: String,
    val from: String,
    /** One of: audio, bundle, card, emotion, file, location, picture, poll, text, video. */
    val kind: String,
    val content: String,
    val extension: String,
    /** Whole seconds since 1970. */
    val time: Long,
    /** The message that it replies to. */
    val reply: Long? = null,
    /** Of one's own messages: the name they were given. */
    val cid: String? = null,
    /** Members of the group; `*`: all of them. */
    val mentions: List<String>? = null,
    val forwarded: Forwarded? = null,
    /** It makes no sound and is not pushed. */
    val silent: Boolean? = null,
    /** What a program has attached. */
    val custom: JSONObject? = null,
    val file: File? = null,
    val place: Place? = null,
    val bundle: Bundle? = null,
    val card: Card? = null,
    val poll: Poll? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = Message(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            from = json.required("from", string),
            kind = json.required("kind", string),
            content = json.required("content", string),
            extension = json.required("extension", string),
            time = json.required("time", long),
            reply = json.optional("reply", long),
            cid = json.optional("cid", string),
            mentions = json.optional("mentions", list(string)),
            forwarded = json.optional("forwarded", part(Forwarded::of)),
            silent = json.optional("silent", boolean),
            custom = json.optional("custom", part { it }),
            file = json.optional("file", part(File::of)),
            place = json.optional("place", part(Place::of)),
            bundle = json.optional("bundle", part(Bundle::of)),
            card = json.optional("card", part(Card::of)),
            poll = json.optional("poll", part(Poll::of)),
        )
    }
}

/** Something has changed in the group. */
data class Notice(
    val id: Long,
    val conversation: String,
    /** Whole seconds since 1970. */
    val time: Long,
    val joined: List<String>? = null,
    val left: List<String>? = null,
    val name: String? = null,
    val notice: String? = null,
    val picture: Boolean? = null,
    val nicknames: List<String>? = null,
    val messagePinned: Long? = null,
    val messageUnpinned: Long? = null,
    val custom: JSONObject? = null,
    val roles: Map<String, String>? = null,
    val muted: Boolean? = null,
    val slow: Long? = null,
    val dissolved: Boolean? = null,
    val restored: Boolean? = null,
    /** One of: admins, members. */
    val noticeBy: String? = null,
    /** One of: admins, members. */
    val addBy: String? = null,
    val approval: Boolean? = null,
    /** One of: all, joined. */
    val history: String? = null,
    val confirm: Boolean? = null,
    val by: String? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = Notice(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            time = json.required("time", long),
            joined = json.optional("joined", list(string)),
            left = json.optional("left", list(string)),
            name = json.optional("name", string),
            notice = json.optional("notice", string),
            picture = json.optional("picture", boolean),
            nicknames = json.optional("nicknames", list(string)),
            messagePinned = json.optional("message_pinned", long),
            messageUnpinned = json.optional("message_unpinned", long),
            custom = json.optional("custom", part { it }),
            roles = json.optional("roles", map(string)),
            muted = json.optional("muted", boolean),
            slow = json.optional("slow", long),
            dissolved = json.optional("dissolved", boolean),
            restored = json.optional("restored", boolean),
            noticeBy = json.optional("notice_by", string),
            addBy = json.optional("add_by", string),
            approval = json.optional("approval", boolean),
            history = json.optional("history", string),
            confirm = json.optional("confirm", boolean),
            by = json.optional("by", string),
        )
    }
}

/** What a message of the kind `location` has besides the coordinates. Both may be empty. */
data class Place(
    val name: String,
    val address: String,
) {
    companion object {
        fun of(json: JSONObject) = Place(
            name = json.required("name", string),
            address = json.required("address", string),
        )
    }
}

/** What a message of the kind `poll` has besides the question. */
data class Poll(
    val options: List<String>,
    val multiple: Boolean,
    val anonymous: Boolean,
    val until: Long? = null,
    val votes: List<Long>? = null,
    val voters: List<List<String>>? = null,
    val mine: List<Long>? = null,
    val closed: Boolean? = null,
) {
    companion object {
        fun of(json: JSONObject) = Poll(
            options = json.required("options", list(string)),
            multiple = json.required("multiple", boolean),
            anonymous = json.required("anonymous", boolean),
            until = json.optional("until", long),
            votes = json.optional("votes", list(long)),
            voters = json.optional("voters", list(list(string))),
            mine = json.optional("mine", list(long)),
            closed = json.optional("closed", boolean),
        )
    }
}

/** Of a poll: how many have voted for each option, and the first of them by name; not in anonymous ones. `mine`: the options for which oneself has voted. */
data class PollChanged(
    val conversation: String,
    val target: Long,
    val id: Long? = null,
    val votes: List<Long>? = null,
    val voters: List<List<String>>? = null,
    val mine: List<Long>? = null,
    val closed: Boolean? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = PollChanged(
            conversation = json.required("conversation", string),
            target = json.required("target", long),
            id = json.optional("id", long),
            votes = json.optional("votes", list(long)),
            voters = json.optional("voters", list(list(string))),
            mine = json.optional("mine", list(long)),
            closed = json.optional("closed", boolean),
        )
    }
}

/** One of those who are watched has come online, or gone. */
data class Presence(
    val user: String,
    val online: Boolean,
) : Event {
    companion object {
        fun of(json: JSONObject) = Presence(
            user = json.required("user", string),
            online = json.required("online", boolean),
        )
    }
}

/** What the page says of itself to which a message links. */
data class Preview(
    val url: String,
    val title: String,
    val description: String? = null,
    val site: String? = null,
    val picture: String? = null,
) {
    companion object {
        fun of(json: JSONObject) = Preview(
            url = json.required("url", string),
            title = json.required("title", string),
            description = json.optional("description", string),
            site = json.optional("site", string),
            picture = json.optional("picture", string),
        )
    }
}

/** The message `target` links to a page that says this of itself. */
data class PreviewTold(
    val conversation: String,
    val target: Long,
    val preview: Preview,
) : Event {
    companion object {
        fun of(json: JSONObject) = PreviewTold(
            conversation = json.required("conversation", string),
            target = json.required("target", long),
            preview = json.required("preview", part(Preview::of)),
        )
    }
}

/** `from` has given a reaction to the message `target`, or taken it back. */
data class Reaction(
    val id: Long,
    val conversation: String,
    val target: Long,
    val from: String,
    /** Whole seconds since 1970. */
    val time: Long,
    val emoji: String,
    val on: Boolean,
) : Event {
    companion object {
        fun of(json: JSONObject) = Reaction(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            target = json.required("target", long),
            from = json.required("from", string),
            time = json.required("time", long),
            emoji = json.required("emoji", string),
            on = json.required("on", boolean),
        )
    }
}

/** `user` has read everything in the conversation up to this id. */
data class ReadUpTo(
    val conversation: String,
    val user: String,
    val upto: Long,
) : Event {
    companion object {
        fun of(json: JSONObject) = ReadUpTo(
            conversation = json.required("conversation", string),
            user = json.required("user", string),
            upto = json.required("upto", long),
        )
    }
}

/** The message `target` is gone. */
data class Recalled(
    val id: Long,
    val conversation: String,
    val target: Long,
    val from: String,
    /** Whole seconds since 1970. */
    val time: Long,
    val by: String? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = Recalled(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            target = json.required("target", long),
            from = json.required("from", string),
            time = json.required("time", long),
            by = json.optional("by", string),
        )
    }
}

/** `count` people ask to join the group, which the person manages. */
data class RequestsChanged(
    val conversation: String,
    val count: Long,
) : Event {
    companion object {
        fun of(json: JSONObject) = RequestsChanged(
            conversation = json.required("conversation", string),
            count = json.required("count", long),
        )
    }
}

/** A moderator's recall of the message `target` is undone. `sent`: the time of the message. Nothing of the message is there if it was erased since. */
data class Restored(
    val id: Long,
    val conversation: String,
    val target: Long,
    val from: String,
    /** Whole seconds since 1970. */
    val time: Long,
    val mentions: List<String>? = null,
    val forwarded: Forwarded? = null,
    /** It makes no sound and is not pushed. */
    val silent: Boolean? = null,
    /** What a program has attached. */
    val custom: JSONObject? = null,
    /** One of: audio, bundle, card, emotion, file, location, picture, poll, text, video. */
    val kind: String? = null,
    val content: String? = null,
    val extension: String? = null,
    /** Whole seconds since 1970. */
    val sent: Long? = null,
    val reply: Long? = null,
    val by: String,
    val file: File? = null,
    val place: Place? = null,
    val bundle: Bundle? = null,
    val card: Card? = null,
    val poll: Poll? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = Restored(
            id = json.required("id", long),
            conversation = json.required("conversation", string),
            target = json.required("target", long),
            from = json.required("from", string),
            time = json.required("time", long),
            mentions = json.optional("mentions", list(string)),
            forwarded = json.optional("forwarded", part(Forwarded::of)),
            silent = json.optional("silent", boolean),
            custom = json.optional("custom", part { it }),
            kind = json.optional("kind", string),
            content = json.optional("content", string),
            extension = json.optional("extension", string),
            sent = json.optional("sent", long),
            reply = json.optional("reply", long),
            by = json.required("by", string),
            file = json.optional("file", part(File::of)),
            place = json.optional("place", part(Place::of)),
            bundle = json.optional("bundle", part(Bundle::of)),
            card = json.optional("card", part(Card::of)),
            poll = json.optional("poll", part(Poll::of)),
        )
    }
}

/** A moderator has done something to the person, or it has ended. */
data class Standing(
    val id: Long,
    val muted: Boolean? = null,
    val mutedUntil: Long? = null,
    val banned: Boolean? = null,
    val warned: Boolean? = null,
    val conversation: String? = null,
    val reason: String? = null,
) : Event {
    companion object {
        fun of(json: JSONObject) = Standing(
            id = json.required("id", long),
            muted = json.optional("muted", boolean),
            mutedUntil = json.optional("muted_until", long),
            banned = json.optional("banned", boolean),
            warned = json.optional("warned", boolean),
            conversation = json.optional("conversation", string),
            reason = json.optional("reason", string),
        )
    }
}

data class ToChange(
    val id: Long,
    val content: String? = null,
) {
    companion object {
        fun of(json: JSONObject) = ToChange(
            id = json.required("id", long),
            content = json.optional("content", string),
        )
    }
}

data class ToForward(
    val ids: List<Long>,
) {
    companion object {
        fun of(json: JSONObject) = ToForward(
            ids = json.required("ids", list(long)),
        )
    }
}

data class ToHello(
    val user: User,
    val log: String,
    val head: Long,
    val heartbeat: Double,
    val limits: Map<String, Long>,
    val features: List<String>,
) {
    companion object {
        fun of(json: JSONObject) = ToHello(
            user = json.required("user", part(User::of)),
            log = json.required("log", string),
            head = json.required("head", long),
            heartbeat = json.required("heartbeat", double),
            limits = json.required("limits", map(long)),
            features = json.required("features", list(string)),
        )
    }
}

data class ToPresence(
    val online: List<String>,
) {
    companion object {
        fun of(json: JSONObject) = ToPresence(
            online = json.required("online", list(string)),
        )
    }
}

data class ToRead(
    val unread: Long,
) {
    companion object {
        fun of(json: JSONObject) = ToRead(
            unread = json.required("unread", long),
        )
    }
}

data class ToSend(
    val id: Long,
    /** Whole seconds since 1970. */
    val time: Long,
    val content: String? = null,
) {
    companion object {
        fun of(json: JSONObject) = ToSend(
            id = json.required("id", long),
            time = json.required("time", long),
            content = json.optional("content", string),
        )
    }
}

/** `from` is writing something. */
data class Typing(
    val conversation: String,
    val from: String,
) : Event {
    companion object {
        fun of(json: JSONObject) = Typing(
            conversation = json.required("conversation", string),
            from = json.required("from", string),
        )
    }
}

data class User(
    val userid: String,
    val nickname: String,
    val avatar: String,
    val bot: Boolean? = null,
) {
    companion object {
        fun of(json: JSONObject) = User(
            userid = json.required("userid", string),
            nickname = json.required("nickname", string),
            avatar = json.required("avatar", string),
            bot = json.optional("bot", boolean),
        )
    }
}

data class Bundle(
    val title: String,
    val items: List<Item>,
) {
    companion object {
        fun of(json: JSONObject) = Bundle(
            title = json.required("title", string),
            items = json.required("items", list(part(Item::of))),
        )
    }
}

data class Item(
    val from: String,
    val nickname: String,
    val kind: String,
    val content: String,
    /** Whole seconds since 1970. */
    val time: Long,
) {
    companion object {
        fun of(json: JSONObject) = Item(
            from = json.required("from", string),
            nickname = json.required("nickname", string),
            kind = json.required("kind", string),
            content = json.required("content", string),
            time = json.required("time", long),
        )
    }
}
