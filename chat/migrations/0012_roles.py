from django.apps import apps as current_apps
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.db import migrations


def make_roles(apps, schema_editor):
    """Make the groups of staff. Permissions are usually made after all migrations; the groups need them now."""
    from chat.roles import make_roles as make

    config = current_apps.get_app_config("chat")
    create_contenttypes(config, verbosity=0, using=schema_editor.connection.alias)
    create_permissions(config, verbosity=0, using=schema_editor.connection.alias)
    make()


class Migration(migrations.Migration):
    dependencies = [("chat", "0011_stalls"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
