"""Staff users, roles, signing in, and the permission map. Independent of interviews."""
