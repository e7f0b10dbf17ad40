"""Invalid input for every route and every parameter."""
