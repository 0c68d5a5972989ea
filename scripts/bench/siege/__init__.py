"""What seda withstands: power cuts, kills, hostile cameras, full disks, crowds, corruption."""
