"""SCIM 2.0 (RFC 7643, RFC 7644): an identity provider keeps people and groups in step.

What is stored, and what is not allowed, is that of `keeping.people`.
"""
