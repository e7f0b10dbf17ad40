"""Search in what candidates said and wrote: what was typed, the index, and the hits."""
