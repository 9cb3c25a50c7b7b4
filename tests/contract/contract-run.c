/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: running all cases of the contract against one back end. Does not own: the cases (contract-cases.h).
 */
#include <stdlib.h>
#include <string.h>

#include "tests/contract/contract-cases.h"

static int setup_contract(void **state)
{
        *state =
                contract_new(&(struct contract_setup){.vtable = *state, .limits = contract_limits});
        return 0;
}

static int teardown_contract(void **state)
{
        contract_free(*state);
        return 0;
}

#define CASE(f)                        \
        {.name = #f,                   \
         .test_func = f,               \
         .setup_func = setup_contract, \
         .teardown_func = teardown_contract},

int contract_run(const struct watcher_vtable *vtable)
{
        struct CMUnitTest tests[] = {CONTRACT_CASES};

        /* the setup finds the back end in the initial state and puts the test's bed in its place */
        for (size_t i = 0; i < ELEMENTSOF(tests); i++)
                memcpy(&tests[i].initial_state, &vtable, sizeof(vtable));
        if (getenv("TESTFUNCS"))
                cmocka_set_test_filter(getenv("TESTFUNCS"));
        return _cmocka_run_group_tests("contract", tests, ELEMENTSOF(tests), NULL, NULL);
}
