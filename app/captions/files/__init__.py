"""Read and write caption files: WebVTT, SRT and plain text. Pure."""
