from django.contrib.admin.apps import AdminConfig as DjangosAdminConfig


class AdminConfig(DjangosAdminConfig):
    """Django's admin, with a site of our own (admin.py)."""

    default_site = "chatsite.admin.ReviewSite"
