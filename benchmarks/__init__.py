"""Benchmarks, one file for each question. Most of them compare our code with the library alone in the same run."""
