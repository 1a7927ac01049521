"""Kills, refused calls and power cuts at every place of every act, and what is found after."""
