"""Analysis -> text: tables for people, and formats for machines."""
