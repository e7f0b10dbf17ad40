"""Uploads: the tus 1.0 protocol, its endpoint, and the bytes of a take on their way into storage."""
