/* Random numbers: the words of numpy's Philox, and what is made of them.
 *
 * The words were printed by
 *      numpy.random.Philox(key=key, counter=[0, 0, stream, 0]).random_raw(count)
 * of numpy 2.4.
 */
#include "test.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { MOST_WORDS = 8 };

static const struct {
    uint64_t key[2], stream;
    size_t skipped, count;
    uint64_t words[MOST_WORDS];
} numpy[] = {
    {{0, 0},
     0,
     0,
     8,
     {0x02f4ba6408e4d89bu, 0x3dd62b0b9ca8c5b2u, 0x1c8667a55d902e79u, 0x907d7a052fd5b4dcu,
      0x809bf322883987c3u, 0x471128b9e807f7ddu, 0xf250ba0dbec065b7u, 0xfc6ed66767a457bcu}},
    {{0x0123456789abcdefu, 0xfedcba9876543210u},
     3,
     0,
     8,
     {0x0bcd9044e81f3e81u, 0x1e6ff5c0591dc3f4u, 0x73243342cd759668u, 0x6b96d0e31109cb59u,
      0xca05402f5f79cbfbu, 0x08e70a0bc34c25a9u, 0x7e7792d8df8cf8b1u, 0x886bd994ee7b28e2u}},
    {{UINT64_MAX, UINT64_MAX},
     UINT64_MAX,
     0,
     5,
     {0xadb17747bb4b6edeu, 0x72c71d8b8dc2cf5fu, 0x23a0619e0413333eu, 0x49b49de9e5c1548au,
      0x1e8fada70cf9f602u}},
    {{1, 2},
     7,
     996,
     4,
     {0x972ec846048f237fu, 0xbea21dc02c1624ccu, 0x535ba3b0abe26171u, 0x5c546ba1953ac0f5u}},
};

static void the_words_are_those_of_numpy(void)
{
    for (size_t c = 0; c < sizeof numpy / sizeof *numpy; ++c) {
        pm_rng r = pm_rng_stream(numpy[c].key, numpy[c].stream);
        for (size_t i = 0; i < numpy[c].skipped; ++i) {
            pm_rng_word(&r);
        }
        for (size_t i = 0; i < numpy[c].count; ++i) {
            CHECK(pm_rng_word(&r) == numpy[c].words[i]);
        }
    }
}

static void a_copy_goes_on_alike(void)
{
    const uint64_t key[2] = {5, 6};
    pm_rng r = pm_rng_stream(key, 1);
    for (int used = 0; used < 9; ++used) { /* every place in a block of four words */
        pm_rng twin = r;
        for (int i = 0; i < 6; ++i) {
            const double a = pm_rng_normal(&twin), b = pm_rng_normal(&r);
            CHECK(memcmp(&a, &b, sizeof a) == 0);
        }
        pm_rng_word(&r);
    }
}

/* The key and the stream are all there is: each of them changes every word. */
static void key_and_stream_tell_apart(void)
{
    const uint64_t keys[3][2] = {{1, 2}, {1, 3}, {0, 2}};
    pm_rng r[4] = {pm_rng_stream(keys[0], 0), pm_rng_stream(keys[0], 1), pm_rng_stream(keys[1], 0),
                   pm_rng_stream(keys[2], 0)};
    for (int i = 0; i < 100; ++i) {
        uint64_t w[4];
        for (int k = 0; k < 4; ++k) {
            w[k] = pm_rng_word(&r[k]);
        }
        for (int k = 0; k < 4; ++k) {
            for (int j = 0; j < k; ++j) {
                CHECK(w[k] != w[j]); /* wrong with probability 600 / 2^64 */
            }
        }
    }
}

static void uniform_is_53_bits_of_a_word(void)
{
    const uint64_t key[2] = {0, 0};
    pm_rng r = pm_rng_stream(key, 0);
    CHECK(pm_rng_uniform(&r) == (double)(0x02f4ba6408e4d89bu >> 11) / 9007199254740992.0);

    /* The largest and the smallest word there can be. */
    r = (pm_rng){.words = {UINT64_MAX, 0, UINT64_MAX, 0}};
    const double top = pm_rng_uniform(&r);
    CHECK(top < 1.0 && top == nextafter(1.0, 0.0) - 0.0);
    CHECK(pm_rng_uniform(&r) == 0.0);
    CHECK(pm_rng_below(&r, 7) == 6);
    CHECK(pm_rng_below(&r, 7) == 0);
}

/* Of N independent draws with variance v the mean lies within 5 sqrt(v / N) of the expectation, but
 * for one stream in two million; the streams are fixed, so a failure is a fault. */
static void near_in_the_mean(double sum, double expected, double variance, size_t N)
{
    CHECK_NEAR(sum / (double)N, expected, 5.0 * sqrt(variance / (double)N));
}

static void uniform_moments(void)
{
    enum { N = 200000 };
    const uint64_t key[2] = {42, 0};
    pm_rng r = pm_rng_stream(key, 0);
    double u1 = 0.0, u2 = 0.0, lag = 0.0, last = 0.5;
    size_t of_ten[10] = {0};

    for (size_t i = 0; i < N; ++i) {
        const double u = pm_rng_uniform(&r);
        u1 += u;
        u2 += u * u;
        lag += (u - 0.5) * (last - 0.5);
        last = u;
        of_ten[pm_rng_below(&r, 10)] += 1;
    }
    near_in_the_mean(u1, 0.5, 1.0 / 12.0, N);
    near_in_the_mean(u2, 1.0 / 3.0, 4.0 / 45.0, N);
    near_in_the_mean(lag, 0.0, 1.0 / 144.0, N);
    for (int k = 0; k < 10; ++k) {
        near_in_the_mean((double)of_ten[k], 0.1, 0.09, N);
    }
}

static void normal_moments(void)
{
    enum { N = 200000 };
    const uint64_t key[2] = {42, 1};
    pm_rng r = pm_rng_stream(key, 0);
    double z1 = 0.0, z2 = 0.0, z3 = 0.0, z4 = 0.0, lag = 0.0, tail = 0.0, last = 0.0;

    for (size_t i = 0; i < N; ++i) {
        const double z = pm_rng_normal(&r);
        CHECK(isfinite(z));
        z1 += z;
        z2 += z * z;
        z3 += z * z * z;
        z4 += z * z * z * z;
        lag += z * last;
        last = z;
        tail += z > 3.0;
    }
    near_in_the_mean(z1, 0.0, 1.0, N);
    near_in_the_mean(z2, 1.0, 2.0, N);
    near_in_the_mean(z3, 0.0, 15.0, N);
    near_in_the_mean(z4, 3.0, 96.0, N);
    near_in_the_mean(lag, 0.0, 1.0, N);
    near_in_the_mean(tail, 1.3499e-3, 1.3481e-3, N); /* P(z > 3) */
}

/* u = 0 would be the logarithm of zero if it were not turned round. */
static void normal_survives_the_extreme_words(void)
{
    const uint64_t extremes[2] = {0, UINT64_MAX};
    for (int a = 0; a < 2; ++a) {
        for (int b = 0; b < 2; ++b) {
            pm_rng r = {.words = {extremes[a], extremes[b], 0, 0}};
            const double z = pm_rng_normal(&r);
            CHECK(isfinite(z) && fabs(z) < 8.6); /* sqrt(2 log 2^53) = 8.57 */
            CHECK(r.next == 2);                  /* always two words */
        }
    }
}

/* Box & Muller: pairs share their words, and an odd number leaves half of the last pair. */
static void normals_come_in_pairs(void)
{
    const uint64_t key[2] = {1, 2};
    pm_rng one = pm_rng_stream(key, 3), many = one;
    double z[7];

    pm_rng_normals(&many, z, 7);
    for (size_t i = 0; i < 7; i += 2) {
        pm_rng words = one;
        CHECK_NEAR(z[i], pm_rng_normal(&one), 1e-15);
        const double radius = sqrt(-2.0 * log(1.0 - pm_rng_uniform(&words)));
        const double angle = 6.283185307179586 * pm_rng_uniform(&words);
        if (i + 1 < 7) {
            CHECK_NEAR(z[i + 1], radius * sin(angle), 1e-15);
        }
    }
    CHECK(pm_rng_word(&one) == pm_rng_word(&many));
}

void test_rng(void)
{
    normals_come_in_pairs();
    the_words_are_those_of_numpy();
    a_copy_goes_on_alike();
    key_and_stream_tell_apart();
    uniform_is_53_bits_of_a_word();
    uniform_moments();
    normal_moments();
    normal_survives_the_extreme_words();
}
