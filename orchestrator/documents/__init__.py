"""Documents of a company as learnings."""
