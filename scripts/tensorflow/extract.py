"""Takes libtensorflow and its C headers out of a tensorflow wheel: extract.py WHEEL DEPS"""

import os
import shutil
import sys
import zipfile

LIBRARIES = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
HEADERS = ("tensorflow/include/tensorflow/c/", "tensorflow/include/tensorflow/core/platform/", "tensorflow/include/tsl/")
# The binding asks the linker for these names; a wheel has the library under another one.
LINKS = {
    "libtensorflow.so": "libtensorflow_cc.so.2",
    "libtensorflow.so.2": "libtensorflow_cc.so.2",
    "libtensorflow_framework.so": "libtensorflow_framework.so.2",
}


def main(wheel, deps):
    shutil.rmtree(deps, ignore_errors=True)
    library_folder = os.path.join(deps, "lib")
    os.makedirs(library_folder)
    with zipfile.ZipFile(wheel) as archive:
        missing = set(LIBRARIES) - set(archive.namelist())
        if missing:
            sys.exit("the wheel has no " + " and no ".join(sorted(missing)))
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.filename in LIBRARIES:
                target = os.path.join(library_folder, os.path.basename(member.filename))
            elif member.filename.startswith(HEADERS):
                target = os.path.join(deps, os.path.relpath(member.filename, "tensorflow"))
            else:
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(member) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    for name, library in LINKS.items():
        os.symlink(library, os.path.join(library_folder, name))


try:
    main(*sys.argv[1:])
except (OSError, zipfile.BadZipFile) as error:
    sys.exit(str(error))
