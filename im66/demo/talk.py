"""What the people have said to each other in the last three days."""

from im66.demo.acts import Edited, Founded, Noticed, Reacted, Recalled, Said, Scene

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
            Said("alice", "Welcome to the group. 欢迎!"),
            Said("xiaoming", "大家好"),
            Said("bob", "Hi all 👋"),
            Said("alice", "~smile", "emotion"),
            Said("xiaoming", "这个群只聊吃喝玩乐，工作的事不许带进来 😄", name="no work"),
            Reacted("alice", "👍", "no work"),
            Said("bob", "Agreed. Whoever talks about work buys the coffee.", reply="no work"),
            Said("bob", "~coffee", "emotion"),
        ),
    ),
    Scene(
        69 * _HOUR,
        ("alice", "bob"),
        (
            Said("alice", "Lunch at noon?", name="lunch"),
            Said("bob", "Sure, see you there."),
            Said("alice", "The noodle place?\nOr the new dumpling shop behind the station?", name="where"),
            Said("bob", "Dumplings. Always dumplings.", reply="where"),
            Said("alice", "~laugh", "emotion"),
            Said("alice", "I'll keep you a seat by the window"),
            Reacted("bob", "👍", "lunch"),
        ),
    ),
    Scene(
        52 * _HOUR,
        ("alice", "xiaoming"),
        (
            Said("xiaoming", "上次你推荐的那本书叫什么来着？", name="book"),
            Said("alice", "《边城》，沈从文写的。不厚，一个下午就能看完", reply="book"),
            Said("alice", "这里有书评：https://book.douban.com/"),
            Said("xiaoming", "收到，今晚就去借"),
            Said("xiaoming", "~thumbsup", "emotion"),
        ),
    ),
    Scene(
        49 * _HOUR,
        HIKE,
        (
            Founded("bob", ("alice", "charlie", "xiaoming")),
            Said("bob", "Let's get out of town this weekend. Who's in?", name="who"),
            Reacted("alice", "👍", "who"),
            Said("charlie", "Count me in!"),
            Said("xiaoming", "算我一个"),
            Reacted("xiaoming", "👍", "who"),
            Said("bob", "route", "picture", name="map"),
            Said("bob", _WAY, name="way"),
            Said("xiaoming", "全程大概 12 公里，爬升 600 米，慢慢走五个小时够了", reply="map"),
            Said("charlie", "Is there a toilet at the pavilion? Asking for a friend.", reply="way"),
            Said("bob", "There is. Your friend can relax."),
            Said("charlie", "~ok", "emotion"),
            Noticed("bob", _NOTICE),
            Said("alice", "The map of the area: https://www.openstreetmap.org/#map=15/30.2210/120.1080"),
            Reacted("alice", "❤️", "map"),
            Reacted("charlie", "❤️", "map"),
        ),
    ),
    Scene(
        31 * _HOUR,
        ("alice", "charlie"),
        (
            Said("charlie", "Do I need boots for Saturday?", name="boots"),
            Said("alice", "Trainers are fine, as long as they grip.", reply="boots"),
            Said("charlie", "Good, because boots are not in the budget"),
            Said("charlie", "~sweat", "emotion"),
            Said("alice", "We meet at 9:00, by the way.", name="when"),
            Edited("alice", "We meet at 8:00, by the way. Set two alarms!", "when"),
            Said("charlie", "8 in the morning?? On a Saturday?", reply="when"),
            Said("alice", "The mountain doesn't come to you 😉", name="mountain"),
            Reacted("charlie", "😂", "mountain"),
        ),
    ),
    Scene(
        27 * _HOUR,
        FRIENDS,
        (
            Said("xiaoming", "我练了一首新曲子，你们听听"),
            Said("xiaoming", "melody", "audio", name="melody"),
            Reacted("bob", "❤️", "melody"),
            Said("alice", "好听！再来一遍", reply="melody"),
            Reacted("alice", "❤️", "melody"),
            Said("bob", "Is that you?! Since when do you play the guitar?"),
            Said("xiaoming", "上个月刚学的，手指头都磨破了 😅"),
            Said("alice", "~clap", "emotion"),
        ),
    ),
    Scene(
        23 * _HOUR,
        ("alice", "bob"),
        (
            Said("bob", "My first animation. Three seconds, and it took me all evening."),
            Said("bob", "film", "video", name="film"),
            Said("alice", "The balloon! 🎈 I could watch it all day", reply="film"),
            Reacted("alice", "❤️", "film"),
            Said("alice", "~party", "emotion"),
            Said("bob", "Next time it gets a sound, too"),
        ),
    ),
    Scene(
        7 * _HOUR,
        ("alice", "xiaoming"),
        (
            Said("xiaoming", "昨天在湖边坐了一下午，画了一张", name="painted"),
            Said("xiaoming", "lake", "picture", name="lake"),
            Said("alice", "太美了！这是哪儿？", reply="lake"),
            Said(
                "xiaoming",
                "千岛湖，坐高铁一个多小时就到：\nhttps://www.openstreetmap.org/#map=12/29.60/119.00",
            ),
            Said("alice", "~love", "emotion"),
            Said("alice", "下次带上我，我负责带吃的"),
            Said("xiaoming", "一言为定"),
            Reacted("alice", "❤️", "lake"),
        ),
    ),
    Scene(
        3 * _HOUR,
        FRIENDS,
        (
            Said("alice", "The sky from my window yesterday. 昨晚的晚霞!"),
            Said("alice", "evening", "picture", name="evening"),
            Reacted("xiaoming", "❤️", "evening"),
            Said("bob", "Wow", name="wow"),
            Reacted("bob", "❤️", "evening"),
            Said("bob", "Wrong chat, sorry", name="wrong"),
            Recalled("bob", "wrong"),
            Said("xiaoming", "你家楼顶能上去吗？下次一起拍", reply="evening"),
            Said("alice", "能！门口保安大叔人很好"),
            Said("bob", "I'll bring the tripod.\nAnd the coffee, before anybody asks."),
        ),
    ),
    Scene(
        50,
        ("alice", "charlie"),
        (
            Said("charlie", "Two alarms set. If I'm late, throw stones at my window."),
            Said("alice", "~grin", "emotion"),
            Said("alice", "Small ones, promised"),
        ),
    ),
    Scene(
        14,
        HIKE,
        (
            Said("charlie", "When does the last bus go back?", name="bus"),
            Said("bob", "18:30 from the tea fields. Let's be there by 18:00.", reply="bus"),
            Said("xiaoming", "我带水果和一壶热茶 🍵", name="tea"),
            Reacted("bob", "👍", "tea"),
            Said("charlie", "~love", "emotion"),
            Said("bob", "Alice, can you bring your camera?"),
        ),
        unread_by=("alice",),
    ),
)
