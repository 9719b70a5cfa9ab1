"""What is compiled, whatever declared it: shapes of answers, paths along relations, code that writes values."""
