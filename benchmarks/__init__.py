"""Benchmarks, one file for each question. Each one compares our code with the library alone in the same run."""
