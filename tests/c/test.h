/* Checks for the C tests. A failed check prints where it stands and what it saw, and the test
 * goes on; a test has passed when all its checks have, and it made at least one.
 *
 * tests/c/test_rng.c defines `void test_rng(void)` and has the line TEST(rng) in tests.def.
 */
#ifndef PM_TEST_H
#define PM_TEST_H

/* `cond` is true. */
#define CHECK(cond) test_check((cond) ? 1 : 0, __FILE__, __LINE__, #cond)

/* |a - b| <= tol, or a and b are the same infinity. Never true of a NaN. */
#define CHECK_NEAR(a, b, tol) test_check_near((a), (b), (tol), __FILE__, __LINE__, #a, #b)

void test_check(int holds, const char *file, int line, const char *text);
void test_check_near(double a, double b, double tol, const char *file, int line, const char *a_text,
                     const char *b_text);

/* Declares every test of tests.def. */
#define TEST(name) void test_##name(void);
#include "tests.def"
#undef TEST

#endif
