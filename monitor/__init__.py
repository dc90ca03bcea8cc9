"""monitor runs: sources, formats, stages, runners and the command line. Start at `pipeline`."""
