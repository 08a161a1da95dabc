"""Bare Python, beside import_package.py."""
