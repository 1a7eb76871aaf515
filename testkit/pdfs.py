"""Small PDF files for tests: a harmless one, and hostile ones."""

import zlib

HELLO = b"BT /F1 48 Tf 60 700 Td (Hello, Bob) Tj ET 1 0 0 rg 60 100 200 300 re f"
LINE = b"0 0 m 600 800 l S\n"


def pdf(
    *, width: int = 595, height: int = 842, drawn: bytes = HELLO, pages: int = 1, packed: bool = False
) -> bytes:
    """Return a PDF file whose pages all have the same content, compressed if `packed`."""
    content = zlib.compress(drawn, 9) if packed else drawn
    filter_ = b"/Filter /FlateDecode " if packed else b""
    kids = b" ".join([b"3 0 R"] * pages)
    return _document(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, pages),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>" % (width, height),
        b"<< %b/Length %d >>\nstream\n%b\nendstream" % (filter_, len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def encrypted() -> bytes:
    """Return a PDF file that needs a password."""
    key = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b> >>" % (b"00" * 32, b"11" * 32)
    return pdf().replace(b"/Root 1 0 R", b"/Root 1 0 R /ID [<00> <00>] /Encrypt " + key)


def nested(depth: int = 12, times: int = 12) -> bytes:
    """Return a small PDF file that would take centuries to draw: each form draws the next one `times`
    times."""
    draw = b"/F Do\n" * times
    forms = [_form(draw, b"<< /XObject << /F %d 0 R >> >>" % (6 + number)) for number in range(depth)]
    return _document(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /XObject << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(draw), draw),
        *forms,
        _form(LINE, b"<< >>"),
    )


def _form(drawn: bytes, resources: bytes) -> bytes:
    head = b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources %b /Length %d >>"
    return head % (resources, len(drawn)) + b"\nstream\n%b\nendstream" % drawn


def hostile() -> dict[str, bytes]:
    """Return hostile files by their defect. No preview can be made of any of them."""
    return {
        "encrypted": encrypted(),
        "cut off": pdf()[:400],
        "nothing but its beginning": b"%PDF-1.7\n",
        "noise": b"%PDF-1.7\n" + bytes(range(256)) * 1000,
        "a page that is a line": pdf(width=10_000, height=10),
        "forms in forms": nested(),
        "a bomb": pdf(drawn=LINE * 20_000_000, packed=True),
    }


def _document(*objects: bytes) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, b"".join(offsets))
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + table + end
