"""Tests of the reference central."""
