"""Interviews, questions, invitations, and each candidate's attempt. Independent of recordings."""
