"""The database: SQLite beside the data unless DATABASE_URL names another; one code path for both."""
