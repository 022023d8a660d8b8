"""Text -> Document: the short notation, spec files, and how they expand to layers."""
