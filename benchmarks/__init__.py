"""Benchmarks: one runnable file a question, each against the library alone in the same run."""
