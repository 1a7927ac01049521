"""The central's commands, one a file: ``run(options)`` returns what ``--json`` prints."""
