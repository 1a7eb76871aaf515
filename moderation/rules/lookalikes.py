"""Letters that look like a Latin letter, with that letter. Pure.

It contains only letters that most people would read as the Latin one.
"""


def _pairs(letters: str, latin: str) -> dict[str, str]:
    return dict(zip(letters, latin, strict=True))


# All in lower case: case is folded before.
LATIN = {
    # Cyrillic
    **_pairs("авеѕіјкмнорстухһѵԁԛԝӏ", "abesijkmhopctyxhvdqwl"),
    # Greek
    **_pairs("αβεζηικμνορτυχω", "abezhikmnoptyxw"),
    # Small capitals
    **_pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    # Latin letters in other forms, and with strokes, which Unicode does not decompose
    **_pairs("ɑɡıȷøłđħŧɓɗɨʉƙɱŋƥʠɾʂʈʋ", "agijoldhtbdiukmnpqrstv"),
    # Armenian
    **_pairs("օոսհ", "onuh"),
    # Letters in a black circle or square
    **{chr(first + number): chr(ord("a") + number) for first in (0x1F150, 0x1F170) for number in range(26)},
}

# Letters that look like a different Latin letter than the one above. Among Greek letters, a small ν is the
# small letter of Ν, and rules in Greek match both.
SHAPES = {
    ord(letter): latin
    for letter, latin in {
        **_pairs("νηυΥγσΝΗϲϹ", "vnuyyonhcc"),
        **_pairs("пгиИьЬзЗбшШяЯ", "nrunbb336wwrr"),
    }.items()
}
