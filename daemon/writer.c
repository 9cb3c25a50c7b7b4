/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what is said of a writer, and that no name of a program or a unit carries a secret on.
 * Does not own: finding out who it was (watchers/process.h).
 */
#include "daemon/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "common/model/container.h"
#include "watchers/process.h"

#define SHOWN_MAX 512u

static const enum field fields[] = {
        FIELD_WRITER_PID,
        FIELD_WRITER_UID,
        FIELD_WRITER_CERTAINTY,
        FIELD_WRITER_GID,
        FIELD_WRITER_LOGIN_UID,
        FIELD_WRITER_SESSION,
        FIELD_WRITER_COMM,
        FIELD_WRITER_EXE,
        FIELD_WRITER_COMMAND,
        FIELD_WRITER_AGENT,
        FIELD_WRITER_ANCESTORS,
        FIELD_WRITER_CGROUP,
        FIELD_WRITER_UNIT,
        FIELD_WRITER_CONTAINER,
        FIELD_WRITER_CONTAINER_RUNTIME,
        FIELD_WRITER_CONTAINER_NAME,
        FIELD_WRITER_CONTAINER_IMAGE,
        FIELD_WRITER_CONTAINER_MISSING,
        FIELD_WRITER_NAMESPACES,
        FIELD_WRITER_TERMINAL,
        FIELD_WRITER_MISSING,
};

uint32_t writer_uid(const struct provenance *writer, uint32_t owner)
{
        return writer && writer->uid != PROVENANCE_NONE ? writer->uid : owner;
}

/* Names that nobody has looked at who could tell a secret from a name. */
static void set_name(struct event *e, enum field field, const char *name)
{
        char shown[SHOWN_MAX];

        if (name && *name)
                event_set(e, field, text_mask(shown, sizeof(shown), name));
}

/* A process's name is the beginning of its program's, which may be a secret; what is left of one is too short to be
 * told from a name. */
static const char *shown_comm(const char *comm, const char *exe, char *dst, size_t size)
{
        const char *slash = exe ? strrchr(exe, '/') : NULL, *base = slash ? slash + 1 : exe;
        char shown[SHOWN_MAX];
        bool secret = base && strncmp(base, comm, strlen(comm)) == 0 &&
                      strcmp(text_mask(shown, sizeof(shown), base), base) != 0;

        return secret ? "[...]" : text_mask(dst, size, comm);
}

static void set_number(struct event *e, enum field field, uint32_t number)
{
        if (number != PROVENANCE_NONE)
                event_set_u64(e, field, number);
}

/* "bash(812) claude(790) sshd(1)": the parent first. */
static void set_ancestors(struct event *e, const struct provenance *p)
{
        _cleanup_buffer_ struct buffer b = {.max = 2048};
        char shown[2 * PROVENANCE_COMM_MAX];

        for (unsigned i = 0; i < p->n_ancestors; i++)
                buffer_printf(
                        &b, "%s%s(%d)", i ? " " : "",
                        shown_comm(p->ancestors[i].comm, p->ancestors[i].exe, shown, sizeof(shown)),
                        (int)p->ancestors[i].pid);
        event_set(e, FIELD_WRITER_ANCESTORS, b.data);
}

static void set_namespaces(struct event *e, const struct provenance *p)
{
        if (p->mount_namespace && p->pid_namespace && p->user_namespace)
                event_setf(e, FIELD_WRITER_NAMESPACES, "mnt:%llu pid:%llu user:%llu",
                           (unsigned long long)p->mount_namespace,
                           (unsigned long long)p->pid_namespace,
                           (unsigned long long)p->user_namespace);
}

/* Why a process that could be looked at has no command line here. */
static const char *command_missing(const struct provenance *p)
{
        if (p->command || p->missing)
                return NULL;
        return p->raw_command ? "no scanner has masked its command line" : p->command_missing;
}

static void set_missing(struct event *e, const struct provenance *p)
{
        event_set(e, FIELD_WRITER_MISSING, p->missing ?: command_missing(p));
}

/* An id is as long as a secret; the name of a machine is somebody's choice. */
static void set_container_id(struct event *e, enum field field, const char *container)
{
        if (container && strlen(container) == CONTAINER_ID_MAX - 1)
                event_set(e, field, container);
        else
                set_name(e, field, container);
}

static void set_container(struct event *e, const struct provenance *p)
{
        const struct container_facts *f = p->container_facts;

        if (!p->container)
                return;
        set_container_id(e, FIELD_WRITER_CONTAINER, p->container);
        if (f) {
                event_set(e, FIELD_WRITER_CONTAINER_NAME, f->name);
                event_set(e, FIELD_WRITER_CONTAINER_IMAGE, f->image);
        }
        event_set(e, FIELD_WRITER_CONTAINER_RUNTIME,
                  f ? f->runtime : process_runtime(p->cgroup ?: ""));
        event_set(e, FIELD_WRITER_CONTAINER_MISSING,
                  f ? f->missing : "no scanner has read its runtime's files");
}

static void set_process(struct event *e, const struct provenance *p)
{
        char comm[2 * PROVENANCE_COMM_MAX];

        event_set_u64(e, FIELD_WRITER_PID, (uint64_t)p->pid);
        set_number(e, FIELD_WRITER_GID, p->gid);
        set_number(e, FIELD_WRITER_LOGIN_UID, p->login_uid);
        set_number(e, FIELD_WRITER_SESSION, p->session);
        event_set(e, FIELD_WRITER_COMM, shown_comm(p->comm, p->exe, comm, sizeof(comm)));
        set_name(e, FIELD_WRITER_EXE, p->exe);
        event_set(e, FIELD_WRITER_COMMAND, p->command);
        event_set(e, FIELD_WRITER_AGENT, p->agent);
        set_ancestors(e, p);
        set_name(e, FIELD_WRITER_CGROUP, p->cgroup);
        set_name(e, FIELD_WRITER_UNIT, p->unit);
        set_container(e, p);
        set_namespaces(e, p);
        event_set(e, FIELD_WRITER_TERMINAL, p->terminal);
        set_missing(e, p);
}

static bool is_shown_whole(const char *name)
{
        char shown[SHOWN_MAX];

        return strcmp(text_mask(shown, sizeof(shown), name), name) == 0;
}

/* Of the process that OBJECT_PID names journald adds what /proc says: its command line, its program, its unit. Nobody masks
 * that, so a process is named only when nothing of it had to be masked here. */
static bool may_be_described(const struct provenance *p)
{
        char comm[2 * PROVENANCE_COMM_MAX];

        return p->command_clean && p->exe && is_shown_whole(p->exe) &&
               strcmp(shown_comm(p->comm, p->exe, comm, sizeof(comm)), p->comm) == 0 &&
               is_shown_whole(p->cgroup ?: "") && is_shown_whole(p->unit ?: "");
}

/* Most writers write many files, and of each file several events are told. */
static void tell_process(struct event *e, struct provenance *p)
{
        if (!p->told) {
                p->told = event_new(EVENT_ARTEFACT, SEVERITY_INFO);
                if (!p->told)
                        return;
                set_process(p->told, p);
                p->told->object_pid = may_be_described(p) ? p->pid : 0;
        }
        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                event_copy(e, p->told, fields[i]);
        /* it must be the same process still */
        if (p->told->object_pid > 0 && process_lives(p))
                e->object_pid = p->told->object_pid;
}

void writer_tell(struct event *e, struct provenance *writer, uint32_t owner)
{
        bool known = writer && writer->uid != PROVENANCE_NONE;

        if (writer)
                tell_process(e, writer);
        event_set_u64(e, FIELD_WRITER_UID, writer_uid(writer, owner));
        event_set(e, FIELD_WRITER_CERTAINTY, known ? "event" : "owner");
}

void writer_tell_opener(struct event *e, const struct provenance *who)
{
        char comm[2 * PROVENANCE_COMM_MAX];

        if (!who)
                return;
        event_set_u64(e, FIELD_OPENER_PID, (uint64_t)who->pid);
        set_number(e, FIELD_OPENER_UID, who->uid);
        set_number(e, FIELD_OPENER_LOGIN_UID, who->login_uid);
        event_set(e, FIELD_OPENER_COMM, shown_comm(who->comm, who->exe, comm, sizeof(comm)));
        set_name(e, FIELD_OPENER_EXE, who->exe);
        event_set(e, FIELD_OPENER_AGENT, who->agent);
        set_name(e, FIELD_OPENER_UNIT, who->unit);
        set_container_id(e, FIELD_OPENER_CONTAINER, who->container);
}

const char *writer_to_json(struct provenance *writer)
{
        _cleanup_event_ struct event *e =
                writer && !writer->json ? event_new(EVENT_ARTEFACT, SEVERITY_INFO) : NULL;
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        bool first = true;

        if (!e)
                return writer ? writer->json : NULL;
        writer_tell(e, writer, PROVENANCE_NONE);
        buffer_putc(&b, '{');
        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                const struct field_info *info = field_info(fields[i]);
                const char *value = e->fields[fields[i]];

                if (!value)
                        continue;
                buffer_puts(&b, first ? "" : ",");
                buffer_json_string(&b, info->json);
                buffer_putc(&b, ':');
                if (info->type == FIELD_TYPE_NUMBER)
                        buffer_puts(&b, value);
                else
                        buffer_json_string(&b, value);
                first = false;
        }
        buffer_putc(&b, '}');
        return buffer_take(&b, &writer->json) < 0 ? NULL : writer->json;
}
