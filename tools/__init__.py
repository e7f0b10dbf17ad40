"""What `make` runs: the demo, the tests, and the servers that both need. No part of the product."""
