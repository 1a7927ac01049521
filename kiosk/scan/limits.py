"""Bounds on what a source may hand in; every file from outside is hostile."""

MAX_IMAGE_BYTES = 40_000_000
"""Size of one image file."""
MAX_CONTAINER_BYTES = 160_000_000
"""Size of one PDF or TIFF, which may hold many pages."""
MAX_PIXELS = 40_000_000
"""Pixels of a decoded page."""
MAX_REDUCIBLE_PIXELS = 160_000_000
"""Pixels of a JPEG, which can be decoded at a half or a quarter of its size."""
MAX_PAGES = 200
"""Pages of one file."""
MIN_SIDE_PX = 32
"""Below this nothing can be read on a page."""
