"""Tests of the assignment stage: its policy, its journal, and both under a simulated watch."""
