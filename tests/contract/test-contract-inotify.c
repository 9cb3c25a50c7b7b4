/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/contract/contract.h"

int main(void)
{
        return contract_run(watcher_by_name("inotify"));
}
