"""Requests, decisions, policies, and the pure rules that turn a grant into limits. Knows nothing of recordings."""
