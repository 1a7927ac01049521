"""What an agent does, as plain calls; window and command line make the same ones."""
