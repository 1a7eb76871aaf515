"""Chat for the users of a Django project, by an im66 server. README.md says how it is set up."""
