"""Benchmarks: one runnable file per question, each compared with the library alone in the same run."""
