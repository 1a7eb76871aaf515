"""How strong the tests are: which code they reach, and which defects they notice."""
