"""What the benchmarks share must itself be right."""
