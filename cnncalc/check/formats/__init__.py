"""A run of checks as text for people, and as the files that continuous integration reads."""
