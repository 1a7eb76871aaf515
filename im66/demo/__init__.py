"""The demo data for a first visitor: people and their conversations. `making` creates them."""
