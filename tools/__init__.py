"""Development tools that `make` runs: the demo, the tests, and the servers for both. Not part of the product."""
