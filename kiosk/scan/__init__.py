"""From paper to pages: sources of frames, and the page pipeline that runs in a child process."""
