"""The figures of every stage: gathered, summed over restarts, and written as metrics."""
