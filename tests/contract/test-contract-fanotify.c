/* SPDX-FileCopyrightText: giad maintainers */
#include <fcntl.h>
#include <stdio.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include "tests/contract/contract.h"

int main(void)
{
        int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_REPORT_DFID_NAME, O_RDONLY);

        if (fd < 0) {
                perror("fanotify_init");
                return 77; /* not root, or a container */
        }
        (void)close(fd);
        return contract_run(watcher_by_name("fanotify"));
}
