"""The kernel: messages, the pipeline table, wire, supervisor, command line and logs."""
