"""What a first visitor finds: people, and what they have said to each other. `making` makes all of it."""
