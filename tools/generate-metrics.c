/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: the table of docs/METRICS.md, from metrics.def. */
#include <stdio.h>

#include "common/base/macros.h"
#include "tools/generate.h"

#define METRIC_COUNTER "counter"
#define METRIC_GAUGE "gauge"
#define METRIC_HISTOGRAM "histogram"

int generate_metrics(const char *unused)
{
        static const struct {
                const char *name, *type, *labels, *help;
        } metrics[] = {
#define VALUE(name, type, value, help) {name, METRIC_##type, "", help},
#define SERIES(name, type, labels, function, help) {name, METRIC_##type, labels, help},
#include "daemon/metrics.def"
#undef VALUE
#undef SERIES
        };

        (void)unused;
        printf("| name | type | labels | meaning |\n| --- | --- | --- | --- |\n");
        for (size_t i = 0; i < ELEMENTSOF(metrics); i++)
                printf("| `%s` | %s | %s | %s |\n", metrics[i].name, metrics[i].type,
                       metrics[i].labels, metrics[i].help);
        return 0;
}
