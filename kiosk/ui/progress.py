"""How far an import has come: which file of how many, which page of how many. A pure value."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an import of one or several files is.

    Attributes:
        files: How many files were asked for, since none was coming.
        files_done: How many of them have ended.
        pages_done: Pages done of the file that is coming, those that failed among them.
        file_pages: How many it has; 0: not known yet.
    """

    files: int = 0
    files_done: int = 0
    pages_done: int = 0
    file_pages: int = 0

    def with_files(self, count: int) -> Self:
        """Return it with more files behind the others."""
        return replace(self, files=self.files + count)

    def at(self, index: int, file_pages: int = 0) -> Self:
        """Return it with a page of the file done; *file_pages* 0: as before."""
        return replace(self, pages_done=index, file_pages=file_pages or self.file_pages)

    def file_done(self) -> Self:
        """Return it with the file at its end and the next not begun."""
        return replace(self, files_done=self.files_done + 1, pages_done=0, file_pages=0)

    @property
    def page(self) -> tuple[int, int] | None:
        """Return which page is being read, of how many; None where that is not known."""
        if self.file_pages < 2:
            return None
        return min(self.pages_done + 1, self.file_pages), self.file_pages

    @property
    def file(self) -> tuple[int, int] | None:
        """Return which file is being read, of how many; None where there is but one."""
        return (min(self.files_done + 1, self.files), self.files) if self.files > 1 else None
