"""The search: what it finds is trusted no more than a stranger's file."""
