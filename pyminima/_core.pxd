"""The C core as Cython sees it: what of its headers is used here."""

from libc.stdint cimport int64_t, uint64_t

cdef extern from "stdbool.h":
    ctypedef bint c_bool "bool"

cdef extern from "loop/gradient_check.h" nogil:
    ctypedef struct pm_place:
        const double *x
        double f
        const double *g

    ctypedef struct pm_way:
        double length, change, predicted, size, turned

    double pm_unit(double, double, double, double)
    void pm_direction(double *, const double *, const double *, const double *, const double *,
                      double, size_t)
    void pm_along(double *, const double *, double, const double *, const double *, const double *,
                  size_t)
    pm_way pm_way_between(const pm_place *, const pm_place *, size_t)
    bint pm_all_single(const double *, size_t)

cdef extern from "base/bounds.h" nogil:
    ctypedef struct pm_box:
        size_t n
        const double *lower
        const double *upper
        bint bounded
        const c_bool *integer
        const double *inside

    c_bool pm_admit(const pm_box *, double *, size_t)

cdef extern from "methods/global/basins.h" nogil:
    ctypedef struct pm_basins:
        size_t n, count, descents, uniform
        double *x
        double *f
        size_t *hits
        size_t *sampled

    size_t pm_enough_starts(size_t)

cdef extern from "base/linalg.h" nogil:
    ctypedef struct pm_linalg:
        void (*dsyevd)(char *, char *, int *, double *, int *, double *, double *, int *, int *,
                       int *, int *) noexcept

cdef extern from "pyminima.h" nogil:
    ctypedef int pm_error
    ctypedef int pm_stop
    ctypedef int pm_turn
    ctypedef int pm_wants
    int PM_OK, PM_NO_MEMORY, PM_BAD_OPTION
    int PM_RUNNING, PM_EVALUATIONS, PM_ITERATIONS, PM_CALLBACK, PM_INTERRUPTED, PM_NAN_VALUE
    int PM_STOP_COUNT
    int PM_MID_STEP
    int PM_F, PM_FG, PM_HV
    int PM_OWN
    int PM_REAL, PM_WHOLE, PM_CHOICE
    int PM_NEEDS_GRADIENT, PM_HANDLES_BOUNDS, PM_IS_RANDOM, PM_IS_GLOBAL, PM_USES_HESSIAN
    int PM_USES_GRADIENT
    int PM_HANDLES_INTEGERS, PM_TAKES_SAMPLES, PM_NEEDS_NO_POLISH

    const char *pm_error_text(pm_error)
    const char *pm_stop_name(pm_stop)
    const char *pm_stop_text(pm_stop)
    bint pm_stop_success(pm_stop)
    int pm_stop_ends(pm_stop)

    ctypedef struct pm_batch:
        size_t n, capacity, count
        pm_wants wants
        double *x
        double *f
        double *g
        double *v
        double *hv
        int lent

    ctypedef struct pm_option:
        const char *name
        int kind
        size_t offset
        double value, low, high
        const char *const *choices
        const char *help

    ctypedef struct pm_stopping_options:
        double gtol, ftol, xtol
        size_t patience

    const pm_option pm_stopping_rows[]

    ctypedef struct pm_task:
        size_t n
        const double *x0
        const double *lower
        const double *upper
        bint has_gradient, has_hessian, central, one_sided, stochastic
        const double *steps
        const double *scale
        const c_bool *integer
        size_t n_given, n_design
        const double *given
        const double *design
        const void *options
        pm_stopping_options stopping
        size_t budget, max_iter
        uint64_t key[2]
        const pm_linalg *linalg

    ctypedef struct pm_method

    ctypedef struct pm_part:
        const char *name
        const char *method
        const char *reason
        size_t nfev, nit
        double f

    size_t pm_method_count()
    const pm_method *pm_method_row(size_t)
    const pm_method *pm_method_named(const char *)
    void pm_options_default(const pm_option *, void *)
    pm_error pm_option_set(const pm_option *, void *, double)
    double pm_option_get(const pm_option *, const void *)

    ctypedef struct pm_solver:
        pass

    pm_error pm_solver_new(pm_solver **, const pm_method *, const pm_task *)
    pm_error pm_solver_copy(pm_solver **, const pm_solver *)
    void pm_solver_free(pm_solver *)
    pm_error pm_ask(pm_solver *, pm_batch **)
    pm_error pm_tell(pm_solver *, pm_turn *, pm_stop *)
    pm_batch *pm_asked(pm_solver *)
    c_bool pm_waiting(const pm_solver *)
    double pm_solver_at(const pm_solver *, double *)
    c_bool pm_solver_answer(const pm_solver *, double *)
    const pm_basins *pm_solver_basins(const pm_solver *)
    const pm_part *pm_solver_parts(const pm_solver *, size_t *)
    void pm_solver_complete(const pm_solver *, const double *, double *)
    void pm_solver_measure(const pm_solver *, double *)
    size_t pm_population(const pm_method *, const pm_task *)

cdef extern from "methods/first_order/schedule.h" nogil:
    const pm_option pm_schedule_rows[]

    ctypedef struct pm_schedule_options:
        pass

    ctypedef struct pm_schedule:
        pass

    void pm_schedule_start(pm_schedule *)
    double pm_schedule_next(pm_schedule *, const pm_schedule_options *, size_t, double)

cdef extern from "base/clock.h" nogil:
    double pm_clock()

cdef extern from "solver/method.h" nogil:
    ctypedef struct pm_requirement:
        const char *option
        const char *choice

    ctypedef struct pm_method:
        const char *name
        const char *family
        const char *summary
        const char *when_not
        const char *citation
        unsigned traits
        pm_requirement samples_with
        size_t default_up_to
        const pm_option *options
        size_t options_size
        pm_stopping_options stopping
        size_t (*population)(const pm_task *)
        const char *const *measures

cdef extern from "solver/lookout.h" nogil:
    ctypedef struct pm_watch:
        pm_stop (*poll)(void *, c_bool) noexcept
        void *self
        bint each_step

    ctypedef struct pm_lookout:
        pm_stop stop

    void pm_lookout_start(pm_lookout *, const pm_watch *, double)
    pm_lookout *pm_solver_lookout(pm_solver *)

cdef extern from "loop/evaluator.h" nogil:
    ctypedef struct pm_evaluator:
        size_t n, nfev, njev, nit, max_evals, max_iter
        double deadline, target, best_f
        bint reached, refuse_nan, best_has_g, repeating
        double *best_x
        double *best_g

    void pm_evaluator_start(pm_evaluator *, size_t, double *, double *)
    pm_stop pm_spent(const pm_evaluator *)
    pm_stop pm_record(pm_evaluator *, const double *, double *, const double *)
    bint pm_repeat(pm_evaluator *, const double *, double *, double *)
    pm_stop pm_record_lent(pm_evaluator *, pm_batch *)
    void pm_let_go(pm_evaluator *, const pm_batch *)
    void pm_settle(pm_evaluator *)
    pm_stop pm_count_step(pm_evaluator *)

cdef extern from "loop/compiled.h" nogil:
    ctypedef int pm_signature

    const char *pm_signature_text(pm_signature)

    ctypedef struct pm_compiled:
        pm_signature signature
        void (*function)() noexcept
        void *data
        double *x
        double *g

    bint pm_has_gradient(const pm_compiled *)
    double pm_call(pm_compiled *, size_t, const double *, double *)

    pm_error pm_drive(pm_solver *, pm_evaluator *, pm_compiled *, const pm_watch *, pm_stop *)

cdef extern from "loop/samples.h" nogil:
    ctypedef int pm_sampled_signature

    const char *pm_sampled_signature_text(pm_sampled_signature)

    ctypedef struct pm_samples:
        size_t first, seen
        double sum, first_f
        pm_sampled_signature signature
        void (*function)() noexcept
        void *data

    void pm_samples_start(pm_samples *, int64_t *, size_t, size_t)
    size_t pm_samples_batch(const pm_samples *)
    void pm_samples_note(pm_samples *, double)
    void pm_samples_advance(pm_samples *)
    void pm_samples_bind(pm_samples *, pm_compiled *)
    pm_error pm_drive_samples(pm_solver *, pm_evaluator *, pm_compiled *, pm_samples *,
                              const pm_watch *, pm_stop *)
