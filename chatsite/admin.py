from django.contrib.admin import AdminSite


class ReviewSite(AdminSite):
    """Django's admin, as the place where conversations are reviewed."""

    site_header = site_title = "ChatStream"
