"""The first page of a PDF as a picture."""

from pathlib import Path

import pypdfium2
from PIL import Image

from uploads.worker.pictures import JPEG_QUALITY, write
from uploads.worker.tasks import Made, Reason, Task, UploadRejected, main_path
from uploads.worker.texts import Text

# On the longer side. A page that is much longer than wide shows nothing else than a line.
SIDE = 1024
LONGEST_RATIO = 20


def make_preview(task: Task) -> Made:
    """Write the first page as `main.jpg`. Raises UploadRejected, and what PDFium and Pillow raise."""
    page = pypdfium2.PdfDocument(task.source)[0]
    width, height = page.get_size()
    longer, shorter = max(width, height), min(width, height)
    if not 0 < longer <= LONGEST_RATIO * shorter:
        raise UploadRejected(Reason.UNSUPPORTED, Text.UNSUPPORTED)
    picture = page.render(scale=SIDE / longer, may_draw_forms=False).to_pil()
    picture.thumbnail((SIDE, SIDE))  # PDFium rounds up
    shown = Image.new("RGB", picture.size, "white")
    shown.paste(picture.convert("RGB"))
    write(shown, main_path(Path(task.directory), "jpg"), "JPEG", quality=JPEG_QUALITY)
    return Made("jpg", width=shown.width, height=shown.height)
