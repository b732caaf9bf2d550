"""The prover: balls, difference quotients on discs, tiles, kinks and witnesses."""
