"""A place together with a word."""

from chat.readers.entries import entries, entry, place_code


def test_entries_combine_every_place_with_every_word() -> None:
    assert entries(["@a", "#1"], ["hello", "天气"]) == [
        entry("@a", "hello"),
        entry("@a", "天气"),
        entry("#1", "hello"),
        entry("#1", "天气"),
    ]


def test_a_place_is_a_sign_of_six_letters_or_digits_before_the_word() -> None:
    assert entry("@a", "hello") == f"{place_code('@a')}hello"
    assert all(len(place_code(place)) == 6 and place_code(place).isalnum() for place in ("@a", "#1", "@é"))


def test_places_have_different_signs() -> None:
    assert len({place_code(f"#{number}") for number in range(1000)}) == 1000
