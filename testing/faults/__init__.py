"""What may go wrong below a program: files, disks and clocks."""
