"""Measurements, each against a named peer or limit; and what trains the orientation network."""
