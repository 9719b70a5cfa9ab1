"""One module per kind of file around the code; each is pure: text in, facts out."""
