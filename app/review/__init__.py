"""The reviewers' pages, scoring and search. This package reads answers and captions, but never accommodations."""
