"""Articles that the tests of search look for."""
