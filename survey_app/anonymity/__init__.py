"""Answers nobody can trace: the protocol of docs/protocol.md, without web, database or clock."""
