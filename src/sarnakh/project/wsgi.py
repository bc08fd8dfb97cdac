"""Django behind WSGI; `project.rsgi` calls it in threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sarnakh.project.settings")
application = get_wsgi_application()
