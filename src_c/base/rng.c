#include "base/rng.h"

#include <math.h>

/* Constants of the paper, table 2 and section 4.3. */
static const uint64_t multiplier0 = 0xD2E7470EE14C6C93u, multiplier1 = 0xCA5A826395121157u;
static const uint64_t weyl0 = 0x9E3779B97F4A7C15u, weyl1 = 0xBB67AE8584CAA73Bu;

/* The 128-bit product of a and b: returns the upper half and writes the lower one to *low.  The
 * compiler's own 128-bit type takes a third of the time of the portable code, with the same bits.
 */
#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 wide;

static inline uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low)
{
    const wide product = (wide)a * b;
    *low = (uint64_t)product;
    return (uint64_t)(product >> 64);
}
#else
static inline uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low)
{
    const uint64_t half = 0xFFFFFFFFu;
    const uint64_t a0 = a & half, a1 = a >> 32, b0 = b & half, b1 = b >> 32;
    const uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0;
    const uint64_t middle = (p00 >> 32) + (p01 & half) + (p10 & half);

    *low = a * b;
    return a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
}
#endif

pm_rng pm_rng_stream(const uint64_t key[2], uint64_t stream)
{
    return (pm_rng){.key = {key[0], key[1]}, .stream = stream, .next = 4};
}

void pm_rng_refill(pm_rng *r)
{
    /* numpy counts before it generates, so the first block is number 1. */
    uint64_t c0 = ++r->counter, c1 = 0, c2 = r->stream, c3 = 0;
    uint64_t k0 = r->key[0], k1 = r->key[1];

    for (int round = 0; round < 10; ++round) {
        uint64_t low0, low1;
        const uint64_t high0 = multiply(multiplier0, c0, &low0);
        const uint64_t high1 = multiply(multiplier1, c2, &low1);
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += weyl0;
        k1 += weyl1;
    }
    r->words[0] = c0;
    r->words[1] = c1;
    r->words[2] = c2;
    r->words[3] = c3;
    r->next = 0;
}

static const double two_pi = 6.283185307179586;

double pm_rng_normal(pm_rng *r)
{
    const double u = 1.0 - pm_rng_uniform(r); /* on (0, 1]: its logarithm is finite */
    const double angle = two_pi * pm_rng_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(angle);
}

void pm_rng_normals(pm_rng *r, double *z, size_t count)
{
    for (size_t i = 0; i < count; i += 2) {
        const double radius = sqrt(-2.0 * log(1.0 - pm_rng_uniform(r)));
        const double angle = two_pi * pm_rng_uniform(r);
        z[i] = radius * cos(angle);
        if (i + 1 < count) {
            z[i + 1] = radius * sin(angle);
        }
    }
}
