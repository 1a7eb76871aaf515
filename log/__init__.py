"""The log: its rows and their order, who appends them, who gets them and who may reach whom."""
