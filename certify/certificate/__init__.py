"""The file: certificates and kernel reports as records, read strictly and written canonically."""
