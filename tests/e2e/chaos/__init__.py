"""Kiosk and central killed at random on a line that cuts at random: all arrives, once."""
