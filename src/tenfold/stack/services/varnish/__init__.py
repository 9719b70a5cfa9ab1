"""Varnish between edge and application: public pages out of memory."""
