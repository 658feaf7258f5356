"""What all tests rely on."""

import signal

# Shells start their background jobs with Ctrl-C ignored; some tests are about what it does.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Run by `make fuzz`.
collect_ignore = ["fuzz"]
