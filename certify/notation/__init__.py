"""How people write claims: text, abbreviations, Python functions, and derivatives by rule."""
