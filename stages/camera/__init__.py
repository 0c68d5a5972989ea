"""The camera stage: from what cameras send to chunks that decode on their own."""
