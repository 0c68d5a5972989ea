"""Parts that stand in for real ones, where those are not what is tested."""
