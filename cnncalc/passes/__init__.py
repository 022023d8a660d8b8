"""What needs more than one layer, or all of them: one file, one function over a network."""
