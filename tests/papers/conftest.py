"""Papers are drawn under the same application as the window's tests."""

import pytest
from PySide6.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def _application(qapp: QApplication) -> None:
    """A process has one Qt application: were it made without widgets, window tests would abort."""
