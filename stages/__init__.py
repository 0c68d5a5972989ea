"""The stages, a package each; none imports another. What several need stands outside."""
