"""Run by Alembic for each command: the connection comes from `decnet_core.store.migrate`, never from a file."""

from alembic import context

from decnet_core.store.schema import VERSION_TABLE
from decnet_core.store.tables import FleetRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=FleetRow.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite cannot alter a table, only make it anew
)
with context.begin_transaction():
    context.run_migrations()
