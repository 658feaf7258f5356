/* Runs the C tests: all that tests.def lists, or those named on the command line. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *name;
    void (*run)(void);
} test;

#define TEST(name) void test_##name(void);
#include "tests.def"
#undef TEST

static const test tests[] = {
#define TEST(name) {#name, test_##name},
#include "tests.def"
#undef TEST
    {NULL, NULL},
};

static unsigned long checks, failures; /* of the test that is running */

void test_check(int holds, const char *file, int line, const char *text)
{
    ++checks;
    if (holds)
        return;
    ++failures;
    printf("%s:%d: not true: %s\n", file, line, text);
}

void test_check_near(double a, double b, double tol, const char *file, int line, const char *a_text,
                     const char *b_text)
{
    ++checks;
    if (fabs(a - b) <= tol || (isinf(a) && isinf(b) && signbit(a) == signbit(b)))
        return;
    ++failures;
    printf("%s:%d: %s = %.17g, but %s = %.17g: %.3g apart, allowed %.3g\n", file, line, a_text, a,
           b_text, b, fabs(a - b), tol);
}

static int passes(const test *t)
{
    checks = failures = 0;
    t->run();

    const int passed = checks > 0 && failures == 0;
    printf("%-4s %s: %lu checks, %lu failed\n", passed ? "ok" : "FAIL", t->name, checks, failures);
    fflush(stdout);
    return passed;
}

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; ++i)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc <= 1;
}

int main(int argc, char **argv)
{
    unsigned long passed = 0, failed = 0;

    for (const test *t = tests; t->name; ++t)
        if (wanted(t->name, argc, argv))
            ++*(passes(t) ? &passed : &failed);

    printf("%lu passed, %lu failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
