"""The derivative programs of frameworks, read as terms: what they ship, not what a paper says."""
