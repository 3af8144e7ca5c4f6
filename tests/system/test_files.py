import os
import shutil
import stat
from pathlib import Path

import pytest

from convlet.errors import InputError, OutputError
from convlet.system.files import made_folder, replacing, replacing_folder, sha256, user_path, write_text
