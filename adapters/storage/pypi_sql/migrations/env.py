"""What Alembic runs: the migrations, on the connection that `run.migrate` opened."""

from alembic import context

from pypi_sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
# The transaction is the caller's.
context.run_migrations()
