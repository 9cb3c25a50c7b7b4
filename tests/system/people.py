"""People and their logins, for tests of who may decide: processes with a uid, groups, a login uid and an audit session of their own.

The kernel gives a process that sets its login uid an audit session, and both to its children; so a login here is a process that has done so and
starts whatever it is asked to. What is started may have another uid, as by sudo, and stays in the session."""
import json
import os
import signal
import socket

APPROVERS = 100  # the group `users`, which every Debian has


def sessions_are_known():
    """Whether this kernel gives out audit sessions."""
    try:
        with Login(54321) as one:
            return one.session not in (None, 2**32 - 1)
    except OSError:
        return False


class Login:
    """A login of the user with that uid; None: without a login uid, as services are."""

    def __init__(self, uid):
        self.uid = uid
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            self.serve(theirs)
        theirs.close()
        self.s = ours.makefile("rw")
        answer = json.loads(self.s.readline())
        self.session = answer["session"]
        if answer["error"]:
            self.close()
            raise OSError(answer["error"])

    def serve(self, s):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        f, error, session = s.makefile("rw"), "", None
        try:
            if self.uid is not None:
                with open("/proc/self/loginuid", "w") as out:
                    out.write(str(self.uid))
            with open("/proc/self/sessionid") as text:
                session = int(text.read())
        except OSError as e:
            error = str(e)
        f.write(json.dumps({"session": session, "error": error}) + "\n")
        f.flush()
        for line in f:
            f.write(json.dumps(self.run_here(json.loads(line))) + "\n")
            f.flush()
        os._exit(0)

    @staticmethod
    def run_here(order):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.dup2(w, 1)
                os.dup2(w, 2)
                os.setgroups(order["groups"])
                os.setgid(order["uid"] if order["uid"] else 0)
                os.setuid(order["uid"])
                os.environ["HOME"] = "/nonexistent"
                os.execv(order["argv"][0], order["argv"])
            finally:
                os._exit(127)
        os.close(w)
        with os.fdopen(r, errors="replace") as f:
            output = f.read()
        _, status = os.waitpid(pid, 0)
        return {"status": os.waitstatus_to_exitcode(status), "output": output, "pid": pid}

    def run(self, *argv, uid=None, approver=False):
        """Starts it in this login, as this uid (default: who logged in), and waits. Returns status, output and pid."""
        uid = self.uid if uid is None else uid
        self.s.write(json.dumps({"argv": list(argv), "uid": uid or 0, "groups": [APPROVERS] if approver else []}) + "\n")
        self.s.flush()
        answer = json.loads(self.s.readline())
        return answer["status"], answer["output"], answer["pid"]

    def write(self, path, content, uid=None):
        """Writes the file as a process of this login. It stays a moment: of one that has gone giad may not know the session."""
        status, output, _ = self.run("/bin/sh", "-c", 'printf %s "$2" >"$1" && sleep 0.02', "sh", path, content, uid=uid)
        assert status == 0, output

    def close(self):
        self.s.close()
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
