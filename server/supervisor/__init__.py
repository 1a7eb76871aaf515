"""The supervisor: the parent of the processes that serve. It imports only the standard library, so it takes
little memory, and continues when the folder of its version is removed."""
