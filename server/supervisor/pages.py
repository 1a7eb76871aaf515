"""One page of figures from those of all processes: each sample gets the label `process`.

Sums would hide which process is slow, and would fall when one begins anew, which Prometheus takes for a
restart of all. With the label each counter is one process's own.
"""

from collections.abc import Mapping

_END = "# EOF"


def merged(pages: Mapping[int, str]) -> str:
    """`pages`: the text of each process, in one of Prometheus' formats for text."""
    families: dict[str, list[str]] = {}
    heads: dict[str, list[str]] = {}
    for process, page in pages.items():
        name = ""
        for line in page.splitlines():
            if line.startswith("# HELP "):
                name = line.split(" ", 3)[2]
            if line.startswith("#"):
                head = heads.setdefault(name, [])
                if line != _END and line not in head:
                    head.append(line)
            elif line:
                families.setdefault(name, []).append(_labelled(line, process))
    lines = [line for name, head in heads.items() for line in (*head, *families.get(name, ()))]
    ends = [_END] if any(page.rstrip().endswith(_END) for page in pages.values()) else []
    return "".join(f"{line}\n" for line in (*lines, *ends))


def _labelled(sample: str, process: int) -> str:
    label = f'process="{process}"'
    name, brace, rest = sample.partition("{")
    if brace and " " not in name:
        return f"{name}{{{label},{rest}"
    name, _, value = sample.partition(" ")
    return f"{name}{{{label}}} {value}"
