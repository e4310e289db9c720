"""Alembic's side: migrations run on the connection that `store.migrate` opened, in its transaction."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection)
context.run_migrations()
