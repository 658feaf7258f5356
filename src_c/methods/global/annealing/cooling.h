/* The temperatures of simulated annealing: how they fall from level to level.
 *
 * Temperatures are relative: that of level 0 is 1.
 *
 *   "geometric": S. Kirkpatrick, C. D. Gelatt & M. P. Vecchi, Science 220 (1983) 671.
 *   "logarithmic": S. Geman & D. Geman, IEEE Trans. PAMI 6 (1984) 721: for normal moves.
 *   "fast": H. Szu & R. Hartley, Phys. Lett. A 122 (1987) 157: for Cauchy moves.
 *   "tsallis": C. Tsallis & D. A. Stariolo, Physica A 233 (1996) 395, eq. 14; the two schedules
 *   above are its cases q = 1 and q = 2.
 *   "lundy_mees": M. Lundy & A. Mees, Math. Programming 34 (1986) 111.
 *   "adaptive": the temperature falls or rises so that the share of accepted moves follows a given
 *   course: J. Lam & J.-M. Delosme, Yale report 8816, 1988, as simplified by W. P. Swartz and
 *   stated by J. A. Boyan, "Learning Evaluation Functions for Global Optimization", 1998,
 *   appendix B.
 */
#ifndef PM_COOLING_H
#define PM_COOLING_H

#include <stddef.h>

enum {
    PM_COOL_GEOMETRIC,
    PM_COOL_LOGARITHMIC,
    PM_COOL_FAST,
    PM_COOL_TSALLIS,
    PM_COOL_LUNDY_MEES,
    PM_COOL_ADAPTIVE,
    PM_COOL_COUNT
};
extern const char *const pm_cooling_names[PM_COOL_COUNT];

typedef struct {
    int schedule;
    double last;   /* the temperature to be reached, at most 1 */
    double factor; /* from one level to the next: of geometric and adaptive */
    double q;      /* of tsallis, above 1 */
    size_t levels; /* of the whole schedule */
} pm_cooling;

/* Levels that the schedule needs to reach `last`: a whole number, or infinity. */
double pm_cooling_wanted(const pm_cooling *c);

/* Sets the number of levels.  If a geometric schedule needs more of them, its factor is reduced. */
void pm_cooling_fit(pm_cooling *c, size_t levels);

/* The temperature of level k > 0; the level before had the temperature T, and the share `accepted`
 * of its moves was accepted. */
double pm_cooling_next(const pm_cooling *c, size_t k, double T, double accepted);

#endif
