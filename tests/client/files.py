"""Files to send, in Playwright's format."""

from PIL import Image
from playwright.async_api import FilePayload

from testkit.recordings import film, halves, photo, tone


def png(width: int, height: int = 40, name: str = "photo.png") -> FilePayload:
    """Return a picture. The server puts its size into its name."""
    return {"name": name, "mimeType": "image/png", "buffer": photo(halves((width, height)), "PNG")}


def noise(side: int) -> FilePayload:
    """Return a picture that cannot be compressed."""
    picture = Image.effect_noise((side, side), 120).convert("RGB")
    return {"name": "noise.png", "mimeType": "image/png", "buffer": photo(picture, "PNG")}


def mp3(seconds: float = 2) -> FilePayload:
    return {
        "name": "song.mp3",
        "mimeType": "audio/mpeg",
        "buffer": tone(seconds, container="mp3", codec="libmp3lame"),
    }


def mp4() -> FilePayload:
    return {"name": "film.mp4", "mimeType": "video/mp4", "buffer": film(container="mp4", codec="libx264")}


def heic() -> FilePayload:
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    return {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": head + bytes(200)}


def document() -> FilePayload:
    return {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
