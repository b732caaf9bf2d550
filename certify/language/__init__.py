"""What a claim means: exact terms, numbers, names, the spec, and what an outcome is called."""
