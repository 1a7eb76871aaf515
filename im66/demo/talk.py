"""The conversations of the demo, in the last three days."""

from im66.demo.acts import Edited, Founded, Noticed, Reacted, RecallAct, Scene, Sent

FRIENDS = "六六聊天群"
HIKE = "Weekend hike 周末爬山"

_HOUR = 60
_NOTICE = """周六早上 8:00，地铁站 A 口集合。带水、外套和零食 🥾
Saturday 8:00, metro exit A. Bring water, a jacket and something to eat."""
_WAY = """The way:
1. Metro exit A
2. Up along the stream
3. Lunch at the pavilion
4. Down by the tea fields"""

SCENES = (
    Scene(
        71 * _HOUR,
        FRIENDS,
        (
            Founded("alice", ("bob", "xiaoming")),
            Sent("alice", "Welcome to the group. 欢迎!"),
            Sent("xiaoming", "大家好"),
            Sent("bob", "Hi all 👋"),
            Sent("alice", "~smile", "emotion"),
            Sent("xiaoming", "这个群只聊吃喝玩乐，工作的事不许带进来 😄", name="no work"),
            Reacted("alice", "👍", "no work"),
            Sent("bob", "Agreed. Whoever talks about work buys the coffee.", reply="no work"),
            Sent("bob", "~coffee", "emotion"),
        ),
    ),
    Scene(
        69 * _HOUR,
        ("alice", "bob"),
        (
            Sent("alice", "Lunch at noon?", name="lunch"),
            Sent("bob", "Sure, see you there."),
            Sent("alice", "The noodle place?\nOr the new dumpling shop behind the station?", name="where"),
            Sent("bob", "Dumplings. Always dumplings.", reply="where"),
            Sent("alice", "~laugh", "emotion"),
            Sent("alice", "I'll keep you a seat by the window"),
            Reacted("bob", "👍", "lunch"),
        ),
    ),
    Scene(
        52 * _HOUR,
        ("alice", "xiaoming"),
        (
            Sent("xiaoming", "上次你推荐的那本书叫什么来着？", name="book"),
            Sent("alice", "《边城》，沈从文写的。不厚，一个下午就能看完", reply="book"),
            Sent("alice", "这里有书评：https://book.douban.com/"),
            Sent("xiaoming", "收到，今晚就去借"),
            Sent("xiaoming", "~thumbsup", "emotion"),
        ),
    ),
    Scene(
        49 * _HOUR,
        HIKE,
        (
            Founded("bob", ("alice", "charlie", "xiaoming")),
            Sent("bob", "Let's get out of town this weekend. Who's in?", name="who"),
            Reacted("alice", "👍", "who"),
            Sent("charlie", "Count me in!"),
            Sent("xiaoming", "算我一个"),
            Reacted("xiaoming", "👍", "who"),
            Sent("bob", "route", "picture", name="map"),
            Sent("bob", _WAY, name="way"),
            Sent("xiaoming", "全程大概 12 公里，爬升 600 米，慢慢走五个小时够了", reply="map"),
            Sent("charlie", "Is there a toilet at the pavilion? Asking for a friend.", reply="way"),
            Sent("bob", "There is. Your friend can relax."),
            Sent("charlie", "~ok", "emotion"),
            Noticed("bob", _NOTICE),
            Sent("alice", "The map of the area: https://www.openstreetmap.org/#map=15/30.2210/120.1080"),
            Reacted("alice", "❤️", "map"),
            Reacted("charlie", "❤️", "map"),
        ),
    ),
    Scene(
        31 * _HOUR,
        ("alice", "charlie"),
        (
            Sent("charlie", "Do I need boots for Saturday?", name="boots"),
            Sent("alice", "Trainers are fine, as long as they grip.", reply="boots"),
            Sent("charlie", "Good, because boots are not in the budget"),
            Sent("charlie", "~sweat", "emotion"),
            Sent("alice", "We meet at 9:00, by the way.", name="when"),
            Edited("alice", "We meet at 8:00, by the way. Set two alarms!", "when"),
            Sent("charlie", "8 in the morning?? On a Saturday?", reply="when"),
            Sent("alice", "The mountain doesn't come to you 😉", name="mountain"),
            Reacted("charlie", "😂", "mountain"),
        ),
    ),
    Scene(
        27 * _HOUR,
        FRIENDS,
        (
            Sent("xiaoming", "我练了一首新曲子，你们听听"),
            Sent("xiaoming", "melody", "audio", name="melody"),
            Reacted("bob", "❤️", "melody"),
            Sent("alice", "好听！再来一遍", reply="melody"),
            Reacted("alice", "❤️", "melody"),
            Sent("bob", "Is that you?! Since when do you play the guitar?"),
            Sent("xiaoming", "上个月刚学的，手指头都磨破了 😅"),
            Sent("alice", "~clap", "emotion"),
        ),
    ),
    Scene(
        23 * _HOUR,
        ("alice", "bob"),
        (
            Sent("bob", "My first animation. Three seconds, and it took me all evening."),
            Sent("bob", "film", "video", name="film"),
            Sent("alice", "The balloon! 🎈 I could watch it all day", reply="film"),
            Reacted("alice", "❤️", "film"),
            Sent("alice", "~party", "emotion"),
            Sent("bob", "Next time it gets a sound, too"),
        ),
    ),
    Scene(
        7 * _HOUR,
        ("alice", "xiaoming"),
        (
            Sent("xiaoming", "昨天在湖边坐了一下午，画了一张", name="painted"),
            Sent("xiaoming", "lake", "picture", name="lake"),
            Sent("alice", "太美了！这是哪儿？", reply="lake"),
            Sent(
                "xiaoming",
                "千岛湖，坐高铁一个多小时就到：\nhttps://www.openstreetmap.org/#map=12/29.60/119.00",
            ),
            Sent("alice", "~love", "emotion"),
            Sent("alice", "下次带上我，我负责带吃的"),
            Sent("xiaoming", "一言为定"),
            Reacted("alice", "❤️", "lake"),
        ),
    ),
    Scene(
        3 * _HOUR,
        FRIENDS,
        (
            Sent("alice", "The sky from my window yesterday. 昨晚的晚霞!"),
            Sent("alice", "evening", "picture", name="evening"),
            Reacted("xiaoming", "❤️", "evening"),
            Sent("bob", "Wow", name="wow"),
            Reacted("bob", "❤️", "evening"),
            Sent("bob", "Wrong chat, sorry", name="wrong"),
            RecallAct("bob", "wrong"),
            Sent("xiaoming", "你家楼顶能上去吗？下次一起拍", reply="evening"),
            Sent("alice", "能！门口保安大叔人很好"),
            Sent("bob", "I'll bring the tripod.\nAnd the coffee, before anybody asks."),
        ),
    ),
    Scene(
        50,
        ("alice", "charlie"),
        (
            Sent("charlie", "Two alarms set. If I'm late, throw stones at my window."),
            Sent("alice", "~grin", "emotion"),
            Sent("alice", "Small ones, promised"),
        ),
    ),
    Scene(
        14,
        HIKE,
        (
            Sent("charlie", "When does the last bus go back?", name="bus"),
            Sent("bob", "18:30 from the tea fields. Let's be there by 18:00.", reply="bus"),
            Sent("xiaoming", "我带水果和一壶热茶 🍵", name="tea"),
            Reacted("bob", "👍", "tea"),
            Sent("charlie", "~love", "emotion"),
            Sent("bob", "Alice, can you bring your camera?"),
        ),
        unread_by=("alice",),
    ),
)
