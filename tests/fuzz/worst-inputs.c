/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: inputs of 1 MB that are as slow as an agent who wants to hold up the scanner can make them,
 * and the proof that none takes the detectors more than a second of one CPU (half more when
 * the machine is busy).
 * Does not own: how fast ordinary files are (tests/bench).
 *
 *      worst-inputs [--all] [WORD]     the table below; --all: also each rule's bad examples, over
 *                                      and over, whole and cut after each of their first bytes;
 *                                      WORD: only cases with it in their name
 *
 * Prints the slow ones. Processor time is taken, so that a busy machine changes little.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/detect.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_SIZE ((size_t)1000 * 1000)
/* A second is what we want; processor time grows by half when a neighbour has the other half of the
 * core and of its cache. */
#define TIME_MAX 1.5
#define TIME_TOLD 0.3
#define TIME_GIVEN 8
#define TRIES 3

/* head, then unit until half of the input is full (all of it without `back`), then back as often,
 * then tail. A '\1' in unit becomes the number of the repetition. */
struct worst {
        const char *name, *path, *head, *unit, *back, *tail;
};

static const struct worst cases[] = {
#define WORST(name, path, head, unit, back, tail) {name, path, head, unit, back, tail},
#include "tests/fuzz/worst-inputs.def"
#undef WORST
};

struct run {
        struct detector *detector;
        struct scan_result *result;
        struct buffer input;
        const char *word;
        unsigned passed, failed;
};

static double cpu_seconds(void)
{
        struct timespec t;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* In the child. Returns the time in seconds. */
static double scan(struct run *run, const char *path)
{
        double before = cpu_seconds();

        detector_scan(run->detector, path, S_IFREG | 0644, (const uint8_t *)run->input.data,
                      run->input.len, run->result);
        return cpu_seconds() - before;
}

/* In a process of its own, which a limit ends if the time grows with the square or worse. */
static void measure(struct run *run, const char *name, const char *path)
{
        const struct rlimit limit = {TIME_GIVEN, TIME_GIVEN};
        int status = 0;

        (void)fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
                (void)setrlimit(RLIMIT_CPU, &limit);
                double took = scan(run, path);

                /* a neighbour on the same core or cache can slow this one down, not speed it up */
                for (int i = 1; i < TRIES && took > TIME_MAX; i++)
                        took = MIN_OF(took, scan(run, path));
                if (took > TIME_TOLD)
                        (void)printf("%s %.2f s, %u findings (%u more): %s %s\n",
                                     took > TIME_MAX ? "FAIL" : "slow", took,
                                     run->result->n_findings, run->result->findings_dropped, path,
                                     name);
                (void)fflush(stdout);
                _exit(took > TIME_MAX);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
                status = -1;
        if (WIFSIGNALED(status))
                (void)printf("FAIL ended by signal %d%s: %s %s\n", WTERMSIG(status),
                             WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU
                                     ? ", more than its time"
                                     : "",
                             path, name);
        run->passed += status == 0;
        run->failed += status != 0;
}

static void put_unit(struct buffer *b, const char *unit, unsigned number)
{
        for (const char *c = unit; *c; c++)
                if (*c == '\1')
                        buffer_printf(b, "%u", number);
                else
                        buffer_putc(b, *c);
}

static void run_case(struct run *run, const struct worst *w)
{
        struct buffer *b = &run->input;
        size_t front = w->back[0] ? INPUT_SIZE / 2 : INPUT_SIZE;
        unsigned n = 0;

        if (run->word && !strstr(w->name, run->word))
                return;
        buffer_reset(b);
        buffer_puts(b, w->head);
        while (b->len < front)
                put_unit(b, w->unit, n++);
        for (unsigned i = 0; w->back[0] && i < n && b->len < INPUT_SIZE; i++)
                buffer_puts(b, w->back);
        buffer_puts(b, w->tail);
        measure(run, w->name, w->path);
}

static void repeat(struct run *run, const struct rule *rule, const struct rule_example *e, size_t n)
{
        struct buffer *b = &run->input;
        char name[FINDING_RULE_MAX + 64];

        if (n == 0 || (run->word && !strstr(rule->id, run->word)))
                return;
        buffer_reset(b);
        while (b->len < INPUT_SIZE)
                buffer_append(b, e->text, n);
        (void)snprintf(name, sizeof(name), "%s, %zu bytes of its example", rule->id, n);
        measure(run, name, e->path);
}

static void run_examples(struct run *run, const struct ruleset *rules)
{
        for (size_t i = 0; i < ruleset_count(rules); i++) {
                const struct rule *rule = ruleset_at(rules, i);

                for (size_t k = 0; k < rule->n_bad && k < 2; k++) {
                        const struct rule_example *e = &rule->bad[k];

                        repeat(run, rule, e, e->size);
                        /* the beginning of a match, which is tried at each place */
                        repeat(run, rule, e, e->size * 2 / 3);
                        repeat(run, rule, e, e->size / 3);
                }
        }
}

int main(int argc, char **argv)
{
        static struct run run;
        struct ruleset *rules = fuzz_rules();
        const struct detector_options options = {0};
        struct ruleset_error error = {0};
        const bool all = argc > 1 && strcmp(argv[1], "--all") == 0;
        const int first = all ? 2 : 1;

        run.word = first < argc ? argv[first] : NULL;
        run.result = calloc(1, sizeof(*run.result));
        if (!run.result || detector_new(&run.detector, rules, &options, &error) < 0) {
                (void)fprintf(stderr, "%s\n", error.message);
                return 2;
        }
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                run_case(&run, &cases[i]);
        if (all)
                run_examples(&run, rules);
        (void)printf("%u passed, %u failed\n", run.passed, run.failed);
        (void)detector_free(run.detector);
        (void)ruleset_free(rules);
        free(run.result);
        buffer_done(&run.input);
        return run.failed > 0 || run.passed == 0;
}
