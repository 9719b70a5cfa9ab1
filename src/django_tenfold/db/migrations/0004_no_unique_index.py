"""On PostgreSQL the one index of the differences is not unique.

A restore of the rows without their sequence gives numbers out again: a unique index would then refuse the writes of
the tables that are counted. A published table whose rows are deleted needs a replica identity, which is now the row.
"""

from django.db import migrations

TABLE = "tenfold_db_counterdelta"
FREE = f"""\
alter table {TABLE} drop constraint {TABLE}_pkey, replica identity full;
create index tenfold_counter_delta_key on {TABLE} (counter, key);"""
UNIQUE = f"""\
drop index tenfold_counter_delta_key;
alter table {TABLE} add primary key (counter, key, id), replica identity default;"""


def run(sql):
    def change(apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute(sql)

    return change


class Migration(migrations.Migration):
    dependencies = [("tenfold_db", "0003_ingestcheckpoint")]
    operations = [migrations.RunPython(run(FREE), run(UNIQUE))]
