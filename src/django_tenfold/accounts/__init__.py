"""Accounts: a user known by e-mail, logins that are throttled, sessions and the request's user from memory."""
