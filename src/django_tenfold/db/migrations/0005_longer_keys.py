"""Keys of up to 255 characters: an address or a slug as `by` made the writes of its table fail. No row is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenfold_db", "0004_no_unique_index")]
    operations = [
        migrations.AlterField(model_name="counterdelta", name="key", field=models.CharField(max_length=255)),
        migrations.AlterField(model_name="countervalue", name="key", field=models.CharField(max_length=255)),
    ]
