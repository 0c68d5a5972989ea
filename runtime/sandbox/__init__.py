"""What a handler is kept from: rights, folders, system calls, memory and time."""
