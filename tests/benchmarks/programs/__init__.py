"""What the benchmark starts in processes of its own."""
