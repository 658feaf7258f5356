#include "methods/global/differential_evolution/success_history.h"

#include "base/bounds.h"

#include <math.h>

static const double PI = 3.141592653589793;

/* Scale of the Cauchy and standard deviation of the normal variates: section II of the paper. */
static const double WIDTH = 0.1;

void pm_success_layout(pm_success_history *s, pm_arena *a, size_t H)
{
    s->H = H;
    s->M_F = PM_TAKE(a, double, H);
    s->M_CR = PM_TAKE(a, double, H);
}

void pm_success_start(pm_success_history *s, double F, double CR)
{
    s->k = 0;
    for (size_t h = 0; h < s->H; ++h) {
        s->M_F[h] = F;
        s->M_CR[h] = CR;
    }
}

void pm_success_draw(const pm_success_history *s, pm_rng *rng, double *F, double *CR)
{
    const size_t r = pm_rng_below(rng, s->H);

    do { /* M_F >= 0: the probability of a repetition is at most 1/2 */
        *F = s->M_F[r] + WIDTH * tan(PI * (pm_rng_uniform(rng) - 0.5));
    } while (!(*F > 0.0));
    *F = fmin(*F, 1.0);
    *CR = s->M_CR[r] < 0.0 ? 0.0 : pm_clip(s->M_CR[r] + WIDTH * pm_rng_normal(rng), 0.0, 1.0);
}

/* mean_WL of the paper: the sum of w x^2 divided by the sum of w x.  If any gain is infinite, all
 * weights are the same. */
static double lehmer_mean(const double *x, const double *gain, size_t count, bool finite)
{
    double sum = 0.0, square = 0.0;

    for (size_t j = 0; j < count; ++j) {
        const double w = finite ? gain[j] : 1.0;
        sum += w * x[j];
        square += w * x[j] * x[j];
    }
    return sum > 0.0 ? square / sum : 0.0;
}

void pm_success_learn(pm_success_history *s, const double *F, const double *CR, const double *gain,
                      size_t count)
{
    double total = 0.0;

    if (count == 0) {
        return;
    }
    for (size_t j = 0; j < count; ++j) {
        total += gain[j];
    }
    const bool finite = total < HUGE_VAL;
    const double rate = lehmer_mean(CR, gain, count, finite);
    s->M_F[s->k] = lehmer_mean(F, gain, count, finite);
    s->M_CR[s->k] = s->M_CR[s->k] < 0.0 || rate == 0.0 ? -1.0 : rate;
    s->k = (s->k + 1) % s->H;
}
