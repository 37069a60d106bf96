"""The command line: arguments, progress, error printing; nothing else."""
