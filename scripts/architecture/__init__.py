"""The picture of the whole system in design/, drawn from the pipeline table."""
