"""What our programs show to a person at a terminal and to other programs."""
