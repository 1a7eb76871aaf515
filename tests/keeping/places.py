"""Places to back up and to restore into."""

from pathlib import Path

from testkit.server import Server


class Place(Server):
    """Its commands may fail, or end in the middle."""

    @property
    def media(self) -> Path:
        return self.data_dir / "media"

    def refuses(self, *arguments: str, code: int = 2) -> str:
        """What the command says, which fails."""
        done = self.attempt(*arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr

    def dies_in(self, function: str, *arguments: str) -> None:
        """Run the command; the process is gone when that function is called."""
        module, _, name = function.rpartition(".")
        # Whoever has imported the function calls this as well.
        dying = "(lambda *_, **__: __import__('os')._exit(9)).__code__"
        self.refuses_after(f"import {module}; {module}.{name}.__code__ = {dying}", arguments, code=9)

    def refuses_what_changes_in(self, function: str, file: Path, new: Path, *arguments: str) -> str:
        """What the command says, which fails: `file` is written over with `new` when that function is
        called."""
        module, _, name = function.rpartition(".")
        code = (
            f"import shutil, {module}; was = {module}.{name};"
            f"{module}.{name} = lambda *a: (shutil.copyfile({str(new)!r}, {str(file)!r}), was(*a))[1]"
        )
        # Whoever has imported the function calls the one that was there.
        self.may_fork = False
        try:
            return self.refuses_after(code, arguments, code=2)
        finally:
            del self.may_fork

    def refuses_after(self, statements: str, arguments: tuple[str, ...], *, code: int) -> str:
        """What the command says, which fails, in a process that has run the statements before."""
        call = f"from django.core.management import call_command; call_command(*{arguments!r})"
        return self.refuses("shell", "-v0", "-c", f"{statements};{call}", code=code)

    def count(self, table: str) -> int:
        return int(self.query(f"SELECT count(*) FROM {table}")[0][0])
