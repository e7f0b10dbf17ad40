"""Interviews, their questions, the invitations to them, and each candidate's attempt. Knows nothing of recordings."""
