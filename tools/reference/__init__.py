"""The generated parts of ``docs/``; ``make reference`` renews them."""
