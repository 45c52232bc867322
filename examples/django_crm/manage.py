"""The CRM's commands: `python -m examples.django_crm.manage xtiger plan`."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.django_crm.settings")
execute_from_command_line(sys.argv)
