"""Keeps the desk: tables, rules, queries and the operations that change them."""
