/* The texts of the lists in pyminima.h. */
#include "pyminima.h"
#include "pyminima.h"

const char *pm_error_text(pm_error error)
{
    switch (error) {
#define CASE(name, number, text)                                                                     \
    case PM_##name:                                                                                  \
        return text;
        PM_ERRORS(CASE)
#undef CASE
    }
    return "unknown error";
}

static const struct {
    const char *name, *text;
    bool success;
    pm_ends ends;
} stops[] = {
#define ROW(name, number, success, ends, text) [number] = {#name, text, success, PM_ENDS_##ends},
    PM_STOPS(ROW)
#undef ROW
};

const char *pm_stop_name(pm_stop stop)
{
    return stops[stop].name;
}

const char *pm_stop_text(pm_stop stop)
{
    return stops[stop].text;
}

bool pm_stop_success(pm_stop stop)
{
    return stops[stop].success;
}

pm_ends pm_stop_ends(pm_stop stop)
{
    return stops[stop].ends;
}
