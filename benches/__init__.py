"""Benchmarks: flawgauge side by side with the peers that are installed. See README.md."""
