"""Words with times become cues that can be read: lines, phrases, timing. Pure."""
