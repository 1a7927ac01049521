"""Tests of what the data folder keeps."""
