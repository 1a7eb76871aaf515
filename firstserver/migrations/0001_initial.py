from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='FinishedImport',
            fields=[
                ('id', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('finished_at', models.DateTimeField(auto_now_add=True)),
                ('people', models.BigIntegerField()),
                ('groups', models.BigIntegerField()),
                ('messages', models.BigIntegerField()),
                ('source', models.CharField(db_default='', default='', max_length=500)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_finished_import')],
            },
        ),
    ]
