"""Requests, decisions, policies, and the pure rules that turn a grant into limits.

This room does not import recordings.
"""
