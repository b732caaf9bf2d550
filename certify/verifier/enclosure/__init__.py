"""Claims with a tolerance: terms on rectangles, quotients at nodes, and the theorem [T0] to [T6]."""
