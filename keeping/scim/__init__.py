"""SCIM 2.0 (RFC 7643, RFC 7644), with which an identity provider provisions people and groups.

`keeping.people` stores them and has the rules.
"""
