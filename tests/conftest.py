"""What all tests rely on."""

import platform
import signal

import numpy as np
import scipy.linalg  # loads its own BLAS
from threadpoolctl import threadpool_info

# Shells start their background jobs with Ctrl-C ignored; some tests are about what it does.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Run by `make fuzz`.
collect_ignore = ["fuzz"]


def pytest_report_header():
    """What the last bits may depend on; benchmarks/everywhere.py reads it."""
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    blas = "+".join(sorted({library.get("architecture", "unknown") for library in libraries}))
    versions = platform.python_version(), np.__version__, scipy.__version__
    return "python {}, numpy {}, scipy {}, blas {}".format(*versions, blas or "unknown")
