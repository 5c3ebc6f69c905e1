"""The contenders of each workload: flawgauge, the yardsticks and the peers."""
