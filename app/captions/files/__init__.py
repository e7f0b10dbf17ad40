"""Caption files read and written: WebVTT, SRT and plain text, as people hand them over and as players expect them. Pure."""
