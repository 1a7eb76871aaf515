"""Static files, as tests within a process are served them."""

from im66.static_files import StaticFiles


class ListedOnce(StaticFiles):
    """Every client of a test has middleware of its own. To list the files takes longer than most tests do."""

    files: dict[str, object]
    _listed: dict[str, object] | None = None

    def add_files_from_finders(self) -> None:
        if ListedOnce._listed is None:
            super().add_files_from_finders()
            ListedOnce._listed = self.files
        self.files = ListedOnce._listed


# By the path of the middleware that it takes the place of.
LISTED_ONCE = {"im66.static_files.StaticFiles": f"{ListedOnce.__module__}.{ListedOnce.__qualname__}"}
