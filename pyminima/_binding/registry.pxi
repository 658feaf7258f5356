# The lists of the C core as Python objects: stops, signatures, methods with their options,
# schedules; and how an option is set. Uses nothing else here.


def stops():
    """Every way a run can end: (name, number, success, ends, text), in the order of the C list."""
    rows = []
    cdef int number = 0
    while number < PM_STOP_COUNT:
        name = pm_stop_name(number).decode()
        rows.append((name, number, bool(pm_stop_success(number)), pm_stop_ends(number),
                     pm_stop_text(number).decode()))
        number += 1
    return rows


def signatures(bint sampled=False):
    """The C signatures a compiled objective may have; `sampled`: one that takes indices."""
    found = []
    cdef const char *text = NULL
    cdef int number = 0
    while True:
        text = pm_sampled_signature_text(number) if sampled else pm_signature_text(number)
        if text == NULL:
            return found
        found.append(text.decode())
        number += 1


cdef list option_rows(const pm_option *row, const void *defaults):
    rows = []
    while row.name != NULL:
        choices = None
        if row.kind == PM_CHOICE:
            choices = tuple([row.choices[i].decode() for i in range(<int>row.high + 1)])
        value = row.value if defaults == NULL else pm_option_get(row, defaults)
        kind = "real" if row.kind == PM_REAL else "whole" if row.kind == PM_WHOLE else "choice"
        rows.append((row.name.decode(), kind, value, row.low, row.high, choices, row.help.decode()))
        row += 1
    return rows


cdef tuple measure_names(const pm_method *m):
    names = []
    cdef const char *const *name = m.measures
    while name != NULL and name[0] != NULL:
        names.append(name[0].decode())
        name += 1
    return tuple(names)


cdef tuple setting(pm_requirement s):
    return None if s.option == NULL else (s.option.decode(), s.choice.decode())


def method_rows():
    """The registry: one dictionary per method, with the options of the stopping rules too."""
    rows = []
    cdef const pm_method *m
    for i in range(pm_method_count()):
        m = pm_method_row(i)
        rows.append({
            "name": m.name.decode(),
            "family": m.family.decode(),
            "summary": m.summary.decode(),
            "when_not": m.when_not.decode(),
            "citation": m.citation.decode(),
            "needs_gradient": bool(m.traits & PM_NEEDS_GRADIENT),
            "handles_bounds": bool(m.traits & PM_HANDLES_BOUNDS),
            "is_random": bool(m.traits & PM_IS_RANDOM),
            "is_global": bool(m.traits & PM_IS_GLOBAL),
            "uses_gradient": bool(m.traits & PM_USES_GRADIENT),
            "uses_hessian": bool(m.traits & PM_USES_HESSIAN),
            "handles_integers": bool(m.traits & PM_HANDLES_INTEGERS),
            "has_population": m.population != NULL,
            "takes_samples": bool(m.traits & PM_TAKES_SAMPLES),
            "samples_with": setting(m.samples_with),
            "needs_polish": not m.traits & PM_NEEDS_NO_POLISH,
            "default_up_to": m.default_up_to,
            "measures": measure_names(m),
            "options": option_rows(m.options, NULL)
            + option_rows(pm_stopping_rows, <const void *>&m.stopping),
        })
    return rows


def schedule_rows():
    """The options of a learning-rate schedule, as rows of `method_rows`."""
    return option_rows(pm_schedule_rows, NULL)


def schedule_factors(dict options, values, size_t steps=0):
    """The factor of the learning rate at steps 0, 1, ... that start at these values."""
    cdef pm_schedule_options o
    cdef pm_schedule s
    pm_options_default(pm_schedule_rows, &o)
    for name, value in options.items():
        set_option(pm_schedule_rows, &o, name.encode(), value)
    pm_schedule_start(&s)
    return [pm_schedule_next(&s, &o, steps, f) for f in values]


cdef int check(pm_error error) except -1:
    if error == PM_OK:
        return 0
    if error == PM_NO_MEMORY:
        raise MemoryError(pm_error_text(error).decode())
    raise RuntimeError(pm_error_text(error).decode())


cdef bint set_option(const pm_option *row, void *options, bytes name, double value) except -1:
    while row.name != NULL:
        if row.name == name:
            check(pm_option_set(row, options, value))
            return True
        row += 1
    return False
