"""Read and write caption files: WebVTT, SRT and plain text. No I/O."""
