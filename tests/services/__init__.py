"""An installation of several processes on PostgreSQL, Redis and an S3 server. `make test-services` runs these tests."""
