"""The queue's tables; a change raises the version and brings a step in `Queue._migrate`."""

VERSION = 1

SCHEMA = """
CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    name TEXT NOT NULL,
    work_order TEXT NOT NULL,
    technician TEXT NOT NULL,
    shot TEXT NOT NULL,
    capture TEXT,
    taken_in_at REAL NOT NULL,
    verdict TEXT,
    model TEXT,
    policy TEXT,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'set_aside')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at REAL NOT NULL DEFAULT 0,
    code TEXT,
    message TEXT,
    answered_at REAL,
    check_id TEXT,
    service_verdict TEXT,
    UNIQUE (sha256, work_order, technician, shot)
);
CREATE INDEX photos_due ON photos (state, next_try_at, id);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
