"""The pages, one module for each subject: their addresses, and what they show."""
