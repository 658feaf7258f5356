/* Philox4x64-10, a counter-based random number generator.
 *
 *   J. K. Salmon, M. A. Moraes, R. O. Dror & D. E. Shaw, "Parallel random numbers: as easy as
 *   1, 2, 3", SC11.
 *
 * Word i of stream s is a function of (key, s, i) alone: streams split without coordination and
 * results do not depend on the order of evaluation.  The same words come from
 * numpy.random.Philox(key=key, counter=[0, 0, s, 0]).random_raw(k).
 */
#ifndef PM_RNG_H
#define PM_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t key[2];
    uint64_t counter; /* blocks used */
    uint64_t stream;
    uint64_t words[4]; /* the present block */
    unsigned next;     /* its first unused word; 4: none left */
} pm_rng;

/* A method uses one stream per purpose and numbers its streams itself. */
pm_rng pm_rng_stream(const uint64_t key[2], uint64_t stream);
void pm_rng_refill(pm_rng *r);

static inline uint64_t pm_rng_word(pm_rng *r)
{
    if (r->next == 4) {
        pm_rng_refill(r);
    }
    return r->words[r->next++];
}

/* Uniform on [0, 1): the upper 53 bits of one word. */
static inline double pm_rng_uniform(pm_rng *r)
{
    return (double)(pm_rng_word(r) >> 11) * 0x1p-53;
}

/* Uniform on 0 .. n-1, n < 2^53, from one word; the bias is below n / 2^53. */
static inline size_t pm_rng_below(pm_rng *r, size_t n)
{
    return (size_t)(pm_rng_uniform(r) * (double)n);
}

/* Standard normal, from two words (Box & Muller 1958, the cosine branch). */
double pm_rng_normal(pm_rng *r);

/* Writes `count` standard normals to z: two (cosine and sine branch) from each pair of words. */
void pm_rng_normals(pm_rng *r, double *z, size_t count);

#endif
