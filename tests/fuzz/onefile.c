/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: main() of a fuzz target where there is no libFuzzer: feeds it files, as a regression test.
 * Does not own: finding new inputs.
 *
 *      fuzz-x [FILE | DIR]…     without arguments: the seeds that make-corpus put together for it
 *
 * Each input is given in memory of exactly its size, so that a sanitizer sees a byte too far. The
 * name of the one under way is written when the program is ended by a signal.
 */
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "tests/fuzz/fuzz.h"

static const char *under_way = "";

static void on_signal(int number)
{
        static const char text[] = ": this input ended the target\n";
        ssize_t n = write(STDERR_FILENO, under_way, strlen(under_way));

        n += write(STDERR_FILENO, text, sizeof(text) - 1);
        _exit(n < 0 ? 3 : 128 + number);
}

static int feed_file(const char *path, size_t size)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        _cleanup_free_ uint8_t *data = malloc(size ? size : 1);

        if (!f || !data || fread(data, 1, size, f) != size) {
                (void)fprintf(stderr, "%s: cannot be read\n", path);
                return -1;
        }
        under_way = path;
        (void)LLVMFuzzerTestOneInput(data, size);
        return 0;
}

static int feed(char *path, unsigned *count)
{
        char *paths[] = {path, NULL};
        FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        int r = 0;

        if (!tree)
                return -1;
        for (FTSENT *e; r == 0 && (e = fts_read(tree));) {
                if (e->fts_info != FTS_F)
                        continue;
                r = feed_file(e->fts_path, (size_t)e->fts_statp->st_size);
                (*count)++;
        }
        (void)fts_close(tree);
        return r;
}

int main(int argc, char **argv)
{
        const char *build = getenv("top_builddir"), *name = strstr(argv[0], "fuzz-");
        const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        char corpus[4096];
        unsigned count = 0;
        int r = 0;

        if (LLVMFuzzerInitialize)
                (void)LLVMFuzzerInitialize(&argc, &argv);
        for (const char *next = name; next && (next = strstr(next + 1, "fuzz-"));)
                name = next;
        (void)sigaction(SIGABRT, &action, NULL);
        (void)sigaction(SIGSEGV, &action, NULL);
        (void)snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s", build ? build : ".",
                       name ? name + strlen("fuzz-") : "");
        for (int i = 1; i < argc && r == 0; i++)
                r = feed(argv[i], &count);
        if (argc < 2)
                r = feed(corpus, &count);
        (void)printf("%u inputs\n", count);
        /* a target without a single seed tests nothing */
        return r < 0 || count == 0;
}
