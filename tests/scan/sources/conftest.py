"""What the tests of sources have in common."""

from pathlib import Path

import pytest


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    return folder
