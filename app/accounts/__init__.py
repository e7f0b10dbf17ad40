"""Staff users, their roles, signing in, and the map of who may do what. Knows nothing of interviews."""
