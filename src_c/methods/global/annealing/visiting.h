/* The moves of simulated annealing, for a number of chains side by side.
 *
 * Three visiting distributions are those of C. Tsallis & D. A. Stariolo, "Generalized simulated
 * annealing", Physica A 233 (1996) 395, eq. 9: in n variables
 *
 *      p(x) ~ (1 + (q - 1) |x|^2 / s^2)^(-1/(q-1) - (n-1)/2),   s = T^(1/(3-q)).
 *
 * That is Student's distribution with nu = (3 - q) / (q - 1) degrees of freedom, and is drawn as
 * such: x = s / sqrt(3 - q) z / sqrt(w), z normal and w = chi^2_nu / nu. "gaussian": q = 1,
 * exp(-|x|^2 / s^2), of classical annealing. "cauchy": q = 2, of fast annealing (H. Szu & R.
 * Hartley, Phys. Lett. A 122 (1987) 157). "tsallis": q is an option. A sweep moves each coordinate
 * alone, and then makes as many moves of all coordinates together.  T is relative to the first
 * temperature, and x is in units of `step` times the width of the box.
 *
 * "adaptive": the length of each kind of move is adapted to the share of these moves that is
 * accepted: A. Corana, M. Marchesi, C. Martini & S. Ridella, ACM TOMS 13 (1987) 262, step 5.  A
 * sweep moves each coordinate alone, with heavy tails, and then makes one move along the difference
 * of two earlier points of the chain (C. J. F. ter Braak & J. A. Vrugt, Stat. Comput. 18 (2008)
 * 435), for valleys that are not parallel to an axis.
 *
 * A move that leaves the box is reflected at its walls.  A whole-numbered variable that moves alone
 * moves by 1 at least.
 */
#ifndef PM_VISITING_H
#define PM_VISITING_H

#include "base/arena.h"
#include "base/rng.h"
#include "solver/method.h"

enum { PM_VISIT_ADAPTIVE, PM_VISIT_GAUSSIAN, PM_VISIT_CAUCHY, PM_VISIT_TSALLIS, PM_VISIT_COUNT };
extern const char *const pm_visiting_names[PM_VISIT_COUNT];

typedef struct {
    const pm_task *task;
    int distribution;
    double q, step;
    size_t n, chains;
    size_t kinds;      /* moves of a sweep, each of which is a kind */
    size_t kind;       /* of the next move */
    size_t moves;      /* of each kind since the steps were adapted */
    size_t remembered; /* points stored of each chain so far */
    pm_rng lengths, partners;
    const double *lower, *upper; /* [n] */
    const bool *integer;         /* [n] or NULL */
    double *width;               /* [n] of the box; where that is open max(|x0|, 1) */
    double *reach;               /* [kinds] longest move; along a difference: the largest factor */
    double *v;        /* [chains][kinds] of adaptive moves: the typical length, v of the paper */
    size_t *accepted; /* [chains][kinds] moves since the steps were adapted */
    double *memory;   /* [chains][REMEMBERED][n] of adaptive moves */
} pm_visiting;

void pm_visiting_layout(pm_visiting *s, pm_arena *a, const pm_task *task, int distribution,
                        double q, size_t chains);
void pm_visiting_start(pm_visiting *s, const pm_task *task, double step);
/* Restores the state at the start, except for the random numbers. */
void pm_visiting_reset(pm_visiting *s);

/* Draws a move of chain c from x[n] at temperature T, and writes its end to y[n]. */
void pm_visiting_propose(pm_visiting *s, size_t c, double T, const double *x, double *y);
void pm_visiting_accepted(pm_visiting *s, size_t c);
/* Goes on to the next kind of move, the chains being at x[chains][n] now.  Returns whether a sweep
 * is complete. */
bool pm_visiting_next(pm_visiting *s, const double *x);
/* Adapts the steps; returns the share of moves that chain 0 has accepted since the last time. */
double pm_visiting_adapt(pm_visiting *s);

/* The random factor that turns normal variates into variates of the distribution with s = 1. */
double pm_visiting_factor(pm_rng *r, double q);

#endif
