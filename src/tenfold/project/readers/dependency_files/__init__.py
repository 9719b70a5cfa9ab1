"""One module per format of declared or locked dependencies; each is pure: text in, facts out."""
