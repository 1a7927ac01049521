"""Sync against a small central that misbehaves on demand, and against the real one."""
