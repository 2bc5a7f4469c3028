"""From what the core knows to the records of the protocol, by noun: one function a method."""
