"""What is usual on a camera: one module for each thing that is learned."""
