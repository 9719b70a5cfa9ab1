"""On PostgreSQL the differences have one index: the key of a read, the primary key and the replica identity at once.

Each writer adds a row here: one index less is what an insert feels most. Django sees the table as before.
"""

from django.db import migrations

TABLE = "tenfold_db_counterdelta"
ONE = f"""\
alter table {TABLE} drop constraint {TABLE}_pkey, add primary key (counter, key, id);
drop index tenfold_counter_delta_key;"""
TWO = f"""\
alter table {TABLE} drop constraint {TABLE}_pkey, add primary key (id);
create index tenfold_counter_delta_key on {TABLE} (counter, key) include (delta);"""


def run(sql):
    def change(apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute(sql)

    return change


class Migration(migrations.Migration):
    dependencies = [("tenfold_db", "0001_initial")]
    operations = [migrations.RunPython(run(ONE), run(TWO))]
