"""Closed intervals and rectangles with binary ends, and every primitive on them, on mpmath's + - * / sqrt."""
