"""Uploads: the tus 1.0 protocol, its HTTP endpoint, and the storage of received bytes."""
