"""Parts of a process, by who needs them; ``ops.wiring`` joins them to the whole house."""
