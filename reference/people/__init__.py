"""The people who use the site: accounts, sign-up, login."""
