"""The forms of signing in and up, in this site's words."""

from typing import Any

from allauth.account import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator

RULES = "At least 8 characters; not a common one, and not only digits."
WHY = "Only to reset your password. Without it a lost password can't be recovered."


LONGEST_PASSWORD = 1_000  # characters; a hash is made of all of them


class LoginForm(forms.LoginForm):
    @property
    def is_elsewhere(self) -> bool:
        """Whether one signs in with one's team's account, and no other."""
        return bool(settings.OIDC_ONLY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        self.fields["remember"].label = "Keep me signed in"
        self.fields["password"].validators.append(MaxLengthValidator(LONGEST_PASSWORD))


class SignupForm(forms.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail (optional)"
        self.fields["email"].help_text = WHY
        self.fields["password1"].help_text = RULES
        self.fields["password1"].validators.append(MaxLengthValidator(LONGEST_PASSWORD))
