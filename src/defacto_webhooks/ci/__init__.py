"""What CI does with a plan: whether it may be applied, what is told about it; a provider a folder."""
