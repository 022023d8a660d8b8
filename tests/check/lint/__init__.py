"""Advice: every rule against torch, or against brute force; selection, comments, and what is said of the zoo."""
