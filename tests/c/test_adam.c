/* Adam: its first steps, worked with a pencil from Algorithm 1 of the paper, whose symbols are used
 * here:
 *
 *      m_t = beta1 m_{t-1} + (1 - beta1) g_t            m_hat = m_t / (1 - beta1^t)
 *      v_t = beta2 v_{t-1} + (1 - beta2) g_t^2          v_hat = v_t / (1 - beta2^t)
 *      x_t = x_{t-1} - alpha m_hat / (sqrt(v_hat) + epsilon)
 *
 * with m_0 = v_0 = 0 and, by default, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8.  The gradients
 * are made up, so that the numbers are simple; the values fall, so that no run ends early. */
#include "descent.h"

/* With a constant slope m_hat = g and v_hat = g^2 at every t, so that each step is
 * alpha g / (|g| + epsilon). */
static void on_a_constant_slope_all_steps_are_alike(void)
{
    const setting given[] = {{"learning_rate", 0.1}, {NULL, 0}};
    const double x0[2] = {1.0, -2.0};
    run r = descent("adam", given, 2, x0, NULL, NULL);

    for (int t = 1; t <= 50; ++t) {
        answer_gradient(&r, -(double)t, 4.0, -0.5);
        CHECK(r.turn == PM_STEP_DONE && r.stop == PM_RUNNING);
        CHECK_NEAR(r.b->x[0], 1.0 - 0.1 * t * (4.0 / (4.0 + 1e-8)), 1e-12);
        CHECK_NEAR(r.b->x[1], -2.0 + 0.1 * t * (0.5 / (0.5 + 1e-8)), 1e-12);
    }
    pm_solver_free(r.s);
}

/* Slopes 1, 3, -2 with the default decays and epsilon = 0:
 *
 *      t   m_t                      1 - 0.9^t   v_t                            1 - 0.999^t
 *      1   0.1                      0.1         0.001                          0.001
 *      2   0.09  + 0.3 = 0.39       0.19        0.000999   + 0.009 = 0.009999  0.001999
 *      3   0.351 - 0.2 = 0.151      0.271       0.009989001 + 0.004            0.002997001 */
static void on_changing_slopes_the_moments_decay(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    const double first = -0.5;
    const double second = first - 0.5 * (0.39 / 0.19) / sqrt(0.009999 / 0.001999);
    const double third = second - 0.5 * (0.151 / 0.271) / sqrt(0.013989001 / 0.002997001);
    run r = descent_from("adam", given, 0.0);

    CHECK_NEAR(answer_slope(&r, 9.0, 1.0), first, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 3.0), second, EXACT);
    CHECK_NEAR(answer_slope(&r, 7.0, -2.0), third, EXACT);
    pm_solver_free(r.s);
}

/* beta1 = 1/2, beta2 = 3/4, slopes 2, 2, -4:
 *
 *      t   m_t               m_hat             v_t                  v_hat
 *      1   1                 1 / (1/2) = 2     1                    1 / (1/4) = 4
 *      2   1/2 + 1 = 3/2     3/2 / (3/4) = 2   3/4 + 1 = 7/4        7/4 / (7/16) = 4
 *      3   3/4 - 2 = -5/4    -5/4 / (7/8)      21/16 + 4 = 85/16    85/16 / (37/64) = 340/37 */
static void the_decays_are_options(void)
{
    const setting given[] = {
        {"learning_rate", 1.0}, {"beta1", 0.5}, {"beta2", 0.75}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("adam", given, 0.0);

    CHECK_NEAR(answer_slope(&r, 9.0, 2.0), -1.0, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 2.0), -2.0, EXACT);
    CHECK_NEAR(answer_slope(&r, 7.0, -4.0), -2.0 + (10.0 / 7.0) / sqrt(340.0 / 37.0), EXACT);
    pm_solver_free(r.s);
}

/* epsilon = 1/4 stands beside the root, not under it: slope 1/4 makes a step of
 * alpha (1/4) / (1/4 + 1/4) = alpha / 2. */
static void epsilon_is_added_to_the_root(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"epsilon", 0.25}, {NULL, 0}};
    run r = descent_from("adam", given, 0.0);

    CHECK_NEAR(answer_slope(&r, 9.0, 0.25), -0.5, EXACT);
    pm_solver_free(r.s);
}

/* beta1 = beta2 = 0: no memory, so each step is alpha times the sign of the slope. */
static void without_memory_it_follows_signs(void)
{
    const setting given[] = {
        {"learning_rate", 0.25}, {"beta1", 0.0}, {"beta2", 0.0}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("adam", given, 0.0);

    CHECK(answer_slope(&r, 9.0, 1e-3) == -0.25);
    CHECK(answer_slope(&r, 8.0, -70.0) == 0.0);
    pm_solver_free(r.s);
}

/* A point that the evaluator has moved is where the method goes on from. */
static void believes_the_batch(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("adam", given, 0.0);

    r.b->x[0] = 10.0;
    CHECK_NEAR(answer_slope(&r, 9.0, 1.0), 9.0, EXACT);
    pm_solver_free(r.s);
}

void test_adam(void)
{
    on_a_constant_slope_all_steps_are_alike();
    on_changing_slopes_the_moments_decay();
    the_decays_are_options();
    epsilon_is_added_to_the_root();
    without_memory_it_follows_signs();
    believes_the_batch();
}
