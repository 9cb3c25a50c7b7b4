/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giad: the daemon's command line.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "daemon/manager.h"

static void usage(FILE *out)
{
        (void)fprintf(out, "Usage: giad [OPTION...]\n"
                           "Guards the directories in which AI agents work.\n\n"
                           "  -c, --config=FILE    configuration (default: " GIAD_SYSCONFDIR
                           "/giad.yaml)\n"
                           "  -f, --foreground     show events on the terminal as well\n"
                           "      --scanner=FILE   giad-scanner to start (default: " GIAD_LIBEXECDIR
                           "/giad-scanner)\n"
                           "      --check-config   check the configuration and exit\n"
                           "      --debug          say more on standard error\n"
                           "  -h, --help           this text\n"
                           "  -V, --version        the version\n\n"
                           "See giad(8) and giad.yaml(5).\n");
}

static int check_config(const char *path)
{
        _cleanup_(config_unrefp) struct config *config = NULL;
        struct config_error error;
        int k = config_load(&config, path, &error);

        if (k == -EBADMSG)
                (void)fprintf(stderr, "%s:%u:%u: %s\n", error.file, error.line, error.column,
                              error.message);
        else if (k < 0)
                (void)fprintf(stderr, "%s: %s\n", path, strerror(-k));
        return k < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
        enum { OPT_SCANNER = 256, OPT_CHECK, OPT_DEBUG };
        static const struct option long_options[] = {
                {"config", required_argument, NULL, 'c'},
                {"foreground", no_argument, NULL, 'f'},
                {"scanner", required_argument, NULL, OPT_SCANNER},
                {"check-config", no_argument, NULL, OPT_CHECK},
                {"debug", no_argument, NULL, OPT_DEBUG},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {NULL, 0, NULL, 0},
        };
        struct manager_options options = {.config_path = GIAD_SYSCONFDIR "/giad.yaml"};
        struct manager *manager = NULL;
        bool check = false;
        int c;

        (void)setlocale(LC_CTYPE, "C.UTF-8");
        log_set_name("giad");
        while ((c = getopt_long(argc, argv, "c:fhV", long_options, NULL)) >= 0) {
                switch (c) {
                case 'c':
                        options.config_path = optarg;
                        break;
                case 'f':
                        options.foreground = true;
                        break;
                case OPT_SCANNER:
                        options.scanner = optarg;
                        break;
                case OPT_CHECK:
                        check = true;
                        break;
                case OPT_DEBUG:
                        log_set_level(LOG_DEBUG);
                        break;
                case 'h':
                        usage(stdout);
                        return 0;
                case 'V':
                        (void)puts("giad " PACKAGE_VERSION);
                        return 0;
                default:
                        usage(stderr);
                        return 2;
                }
        }
        if (optind < argc) {
                (void)fprintf(stderr, "giad: takes no arguments, only options: %s\n", argv[optind]);
                return 2;
        }
        if (check)
                return check_config(options.config_path);
        int k = manager_new(&manager, &options);
        if (k >= 0)
                k = manager_run(manager);
        (void)manager_free(manager);
        return k < 0 ? 1 : 0;
}
