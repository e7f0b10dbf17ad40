"""The reviewers' pages, scoring and search. This room reads answers and captions, and never accommodations."""
