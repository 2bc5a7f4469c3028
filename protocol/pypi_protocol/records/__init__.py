"""What the protocol speaks of: the parameters and results of its methods, by noun."""
