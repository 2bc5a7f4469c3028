"""How the tool speaks: results, messages, questions, usage errors and exit codes."""
