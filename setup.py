"""Builds the extension `pyminima._core`; everything else is said in pyproject.toml.

`PYMINIMA_SANITIZE=address,undefined` and `PYMINIMA_COVERAGE=1` in the environment ask for
instrumented builds. Each kind of build has its own object files under build/; only what is
linked last stands beside the Python files after `build_ext --inplace`.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from glob import glob

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SANITIZE = os.environ.get("PYMINIMA_SANITIZE", "")
COVERAGE = os.environ.get("PYMINIMA_COVERAGE", "") == "1"
WINDOWS = sys.platform == "win32"

KIND = "coverage" if COVERAGE else SANITIZE.replace(",", "-") or "plain"
OBJECTS = os.path.join("build", "objects", f"{sys.implementation.cache_tag}-{KIND}")

LISTS = glob("src_c/*.def")

macros = [
    ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
    ("NPY_TARGET_VERSION", "NPY_1_23_API_VERSION"),
]
link_flags = []
if WINDOWS:
    compile_flags = ["/std:c11", "/O2", "/fp:precise"]
else:
    # No contraction: a fused multiply-add would give other bits on other machines.
    # -g0: setuptools inherits -g from Python, which makes the file four times larger.
    compile_flags = ["-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno"]
    compile_flags += ["-fvisibility=hidden", "-g0"]
if SANITIZE:
    instrument = [f"-fsanitize={SANITIZE}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
    compile_flags += [*instrument, "-O1", "-g"]
    link_flags += instrument
if COVERAGE:
    compile_flags += ["--coverage", "-O0", "-g"]
    link_flags += ["--coverage"]


def modified(path):
    """When `path` last changed, or 0 if it is not there."""
    return os.path.getmtime(path) if os.path.exists(path) else 0


class BuildExt(build_ext):
    """Compiles files side by side, and only those older than what they are made from."""

    def finalize_options(self):
        super().finalize_options()
        # An editable install would otherwise compile into a directory that is thrown away.
        self.build_temp = OBJECTS

    def build_extension(self, ext):
        [translated] = cythonize(
            [ext],
            force=self.force,
            build_dir=None if COVERAGE else "build/cython",  # the plugin wants it beside the .pyx
            compiler_directives={"linetrace": COVERAGE},
        )
        ext.sources = translated.sources

        # Link always: it is quick, and what stands there may be of another kind.
        force, self.force = self.force, True
        self.compiler.force = True
        compile_plainly = self.compiler.compile
        shared = max(map(modified, ext.depends))  # headers, and the flags in this file
        lists = max(map(modified, LISTS))

        def compile_stale(sources, output_dir=None, **options):
            objects = self.compiler.object_filenames(sources, output_dir=output_dir)

            def compile_one(source, target):
                listed = lists if os.path.basename(source) == "registry.c" else 0  # it alone
                if force or modified(target) <= max(modified(source), shared, listed):
                    compile_plainly([source], output_dir=output_dir, **options)

            # MSVC's driver initialises itself at its first call, so there it stays with one.
            with ThreadPoolExecutor(1 if WINDOWS else os.cpu_count()) as pool:
                list(pool.map(compile_one, sources, objects))
            return objects

        self.compiler.compile = compile_stale
        try:
            super().build_extension(ext)
        finally:
            self.force = force
            self.compiler.compile = compile_plainly


core = Extension(
    "pyminima._core",
    ["pyminima/_core.pyx", *sorted(glob("src_c/**/*.c", recursive=True))],
    depends=["setup.py", *sorted(glob("src_c/**/*.h", recursive=True))],
    include_dirs=["src_c", numpy.get_include()],
    define_macros=macros,
    extra_compile_args=compile_flags,
    extra_link_args=link_flags,
)
setup(ext_modules=[core], cmdclass={"build_ext": BuildExt})
