"""What `make` runs: the demo, the tests, and the servers that both need. Not part of the product."""
