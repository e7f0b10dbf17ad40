"""Search in the answers of candidates, spoken and written: queries, the index, and hits."""
