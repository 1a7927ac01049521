"""Tus programs that share no code with this project, and ours as programs of their own."""
