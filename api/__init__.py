"""The service: checks, work orders, review queue, accounts, storage, web pages."""
