"""Where the bundled fonts lie. Knows no Qt: each drawing side loads the files itself."""

from pathlib import Path

import fontpkg

SANS = "Noto Sans"
ARABIC = "Noto Sans Arabic"
MONO = "JetBrains Mono"


def font_files() -> tuple[Path, ...]:
    """Return the TrueType files of the upright sans, Arabic and mono faces (variable weight)."""
    slugs = ("noto-sans", "noto-sans-arabic", "jetbrains-mono")
    return tuple(fontpkg.path(slug) for slug in slugs)
