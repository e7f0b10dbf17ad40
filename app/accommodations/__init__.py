"""Accommodations: requests, decisions, policies, and the rules that compute limits from grants.

This package does not import `recording`.
"""
