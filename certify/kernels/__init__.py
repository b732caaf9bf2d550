"""What frameworks compute in floating point, compared with proved enclosures of the truth."""
