"""Letters that look like a Latin one, and the Latin one. Pure.

Only letters that most people would read as the Latin one. Each is small: case is folded before.
"""


def _pairs(letters: str, latin: str) -> dict[str, str]:
    return dict(zip(letters, latin, strict=True))


LATIN = {
    # Cyrillic
    **_pairs("авеѕіјкмнорстухһѵԁԛԝӏ", "abesijkmhopctyxhvdqwl"),
    # Greek
    **_pairs("αβεζηικμνορτυχωϲ", "abezhikmvoptyxwc"),
    # Small capitals
    **_pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    # Latin letters in another form, and such with a stroke, which is no mark that could be taken off
    **_pairs("ɑɡıȷøłđħŧɓɗɨʉƙɱŋƥʠɾʂʈʋ", "agijoldhtbdiukmnpqrstv"),
    # Armenian
    **_pairs("օոսհ", "onuh"),
    # Letters in a black circle or square
    **{chr(first + number): chr(ord("a") + number) for first in (0x1F150, 0x1F170) for number in range(26)},
}
