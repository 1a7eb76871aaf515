"""Draws group pictures: up to nine members, arranged as in other Chinese messengers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from uploads.worker.pictures import write
from uploads.worker.tasks import ConversionResult, Task, main_path

SIDE = 240
GAP = 6
BACKGROUND = (221, 222, 224)
QUALITY = 88
# The height of a letter, as a fraction of the tile's side.
_LETTER_SIZE = 0.5

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Tile:
    """A member's tile: a thumbnail, or a replacement if there is none or it cannot be read."""

    initials: str
    color: tuple[int, int, int]
    picture: str = ""


def make_mosaic(task: Task) -> ConversionResult:
    """Draw the tiles listed in the task's JSON file, as `main.jpg`."""
    mosaic = json.loads(Path(task.source).read_text())
    # Pictures are in the folder of the task's file. This process may have no access to the folders above.
    tiles = [
        Tile(tile["initials"], tuple(tile["color"]), Path(tile["picture"]).name) for tile in mosaic["tiles"]
    ]
    canvas = Image.new("RGB", (SIDE, SIDE), BACKGROUND)
    for tile, (left, top, side) in zip(tiles, tile_positions(len(tiles)), strict=True):
        canvas.paste(_face(tile, side, mosaic["fonts"]), (left, top))
    write(canvas, main_path(Path(task.directory), "jpg"), "JPEG", quality=QUALITY)
    return ConversionResult("jpg", width=SIDE, height=SIDE)


def tile_positions(count: int) -> list[tuple[int, int, int]]:
    """Return the left, top and side of each of `count` tiles, 1 to 9.

    All rows are full except the first, which is centred. The rows together are centred too.
    """
    columns = 1 if count == 1 else 2 if count <= 4 else 3
    rows = -(-count // columns)
    side = (SIDE - (columns + 1) * GAP) // columns
    step = side + GAP
    top = (SIDE - rows * step + GAP) // 2
    positions = []
    for row in range(rows):
        tiles = count - columns * (rows - 1) if row == 0 else columns
        left = (SIDE - tiles * step + GAP) // 2
        positions += [(left + column * step, top + row * step, side) for column in range(tiles)]
    return positions


def _face(tile: Tile, side: int, fonts: Sequence[str]) -> Image.Image:
    if tile.picture:
        try:
            return _portrait(tile.picture, side)
        except (OSError, ValueError, SyntaxError):
            pass
    return _drawn(tile, side, fonts)


def _portrait(path: str, side: int) -> Image.Image:
    with Image.open(path, formats=["JPEG"]) as thumbnail:
        return thumbnail.convert("RGB").resize((side, side))


def _drawn(tile: Tile, side: int, fonts: Sequence[str]) -> Image.Image:
    face = Image.new("RGB", (side, side), tile.color)
    draw = ImageDraw.Draw(face)
    if tile.initials and (font := _font_for(tile.initials, fonts, side * _LETTER_SIZE)):
        draw.text((side / 2, side / 2), tile.initials, "white", font, anchor="mm")
    else:
        # Head and shoulders.
        draw.ellipse((side * 0.33, side * 0.2, side * 0.67, side * 0.54), "white")
        draw.ellipse((side * 0.2, side * 0.6, side * 0.8, side * 1.3), "white")
    return face


def _font_for(text: str, paths: Sequence[str], size: float) -> _Font | None:
    """Return the first font that has every character of the text, or None. An empty path is Pillow's font."""
    fonts = (ImageFont.truetype(path, size) if path else ImageFont.load_default(size) for path in paths)
    return next((font for font in fonts if _can_write(font, text)), None)


def _can_write(font: _Font, text: str) -> bool:
    """Return whether the font has every character. It draws a missing one like the unassigned U+10FFFF."""
    missing = bytes(font.getmask("\U0010ffff"))
    return all(bytes(font.getmask(letter)) != missing for letter in text)
