"""Tests of what an agent does."""
