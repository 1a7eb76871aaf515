"""The file of an export: any program unpacks it, whatever its size."""

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keeping.exporting.archive import Archive

MADE = datetime(2030, 1, 31, 12, 30, 10, tzinfo=UTC)
MB = 1024 * 1024


class Zeros:
    """A file of so many bytes."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        data = bytes(min(size, self._left))
        self._left -= len(data)
        return data


class Full(io.BytesIO):
    """A file on a disk that is full after so many writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._left = writes

    def write(self, data: Any, /) -> int:
        if self._left == 0:
            raise OSError("full")
        self._left -= 1
        return super().write(data)


def test_standard_zip_reader_opens_archive(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    with path.open("wb") as file, Archive(file, MADE) as archive:
        archive.add("a.html", b"text" * 1000)
        assert archive.copy("b.jpg", io.BytesIO(b"picture")) == len(b"picture")
        assert "a.html" in archive
        assert "c.html" not in archive
    with zipfile.ZipFile(path) as archive_file:
        assert archive_file.testzip() is None
        text, picture = archive_file.infolist()
        assert archive_file.read("a.html") == b"text" * 1000
        assert archive_file.read("b.jpg") == b"picture"
    assert text.compress_size < text.file_size
    assert picture.compress_type == zipfile.ZIP_STORED
    assert text.date_time == (2030, 1, 31, 12, 30, 10)


def test_archive_copies_large_file_without_holding_it_in_memory(tmp_path: Path) -> None:
    with (tmp_path / "one.zip").open("wb") as file, Archive(file, MADE) as archive:
        tracemalloc.start()
        try:
            archive.copy("film.mp4", Zeros(64 * MB))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 * MB


@pytest.mark.slow
def test_archive_with_over_65535_files_is_zip64(tmp_path: Path) -> None:
    path, count = tmp_path / "many.zip", 2**16 + 10
    with path.open("wb") as file, Archive(file, MADE) as archive:
        for number in range(count):
            archive.copy(f"{number}.jpg", io.BytesIO(b"x"))
    with zipfile.ZipFile(path) as archive_file:
        assert len(archive_file.namelist()) == count
        assert archive_file.read(f"{count - 1}.jpg") == b"x"


@pytest.mark.parametrize("writes", range(4))
def test_archive_on_full_disk_raises_os_error(writes: int) -> None:
    with pytest.raises(OSError, match=r"^full$"), Archive(Full(writes), MADE) as archive:
        archive.copy("film.mp4", Zeros(2 * MB))
