"""A headless Chromium, driven over chromedriver's HTTP interface. Standard library only."""
import base64
import fcntl
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from harness import Skip


def leave_the_network():
    """Starts the program again where there is no network but the loopback: what leaves the page goes nowhere. Returns why that cannot be."""
    if os.environ.get("GIAD_NO_NETWORK"):
        # SIOCGIFFLAGS, SIOCSIFFLAGS: the loopback is down in a new namespace
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            name = struct.pack("16sH14x", b"lo", 0)
            flags = struct.unpack("16sH14x", fcntl.ioctl(s, 0x8913, name))[1]
            fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", flags | 1))
        return None
    if os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return "no network namespace can be made"
    os.environ["GIAD_NO_NETWORK"] = "1"
    os.execvp("unshare", ["unshare", "-n", "--", sys.executable, *sys.argv])
    return None


class Browser:
    """One window."""

    def __init__(self, width=1440, height=1000):
        if not shutil.which("chromedriver") or not shutil.which("chromium"):
            raise Skip("needs Debian's chromium and chromium-driver")
        self.width, self.height, self.session, self.driver = width, height, None, None
        self.home = tempfile.mkdtemp(prefix="giad-browser-")

    def __enter__(self):
        # what keeps it from running as root and in a container is its own sandbox, and the size of /dev/shm
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
                     "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                     f"--window-size={self.width},{self.height}", f"--user-data-dir={self.home}/profile"]
        try:
            self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                           env={**os.environ, "HOME": self.home})
            for line in self.driver.stdout:
                port = re.search(r"started successfully on port (\d+)", line)
                if port:
                    break
            else:
                raise RuntimeError("chromedriver does not start")
            self.url = f"http://127.0.0.1:{port[1]}/session"
            self.session = self.call("POST", "", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": {"args": arguments, "perfLoggingPrefs": {"enableNetwork": True}},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        if self.session:
            try:
                self.call("DELETE", f"/{self.session}")
            except (OSError, RuntimeError):
                pass
        if self.driver:
            self.driver.terminate()
            self.driver.wait(20)
        shutil.rmtree(self.home, ignore_errors=True)

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as reply:
                return json.loads(reply.read())["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(json.loads(e.read())["value"]["message"]) from None

    def open(self, url):
        self.call("POST", f"/{self.session}/url", {"url": url})

    def run(self, script, *arguments):
        """What the body of a function returns."""
        return self.call("POST", f"/{self.session}/execute/sync", {"script": script, "args": list(arguments)})

    def tell(self, command, **parameters):
        """A command of the DevTools protocol."""
        return self.call("POST", f"/{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self, kind):
        """What has come since it was asked last: of the console (browser), or messages of the DevTools protocol (performance)."""
        entries = self.call("POST", f"/{self.session}/se/log", {"type": kind})
        return entries if kind == "browser" else [json.loads(e["message"])["message"] for e in entries]

    def requests(self):
        return [m["params"]["request"]["url"] for m in self.log("performance") if m["method"] == "Network.requestWillBeSent"]

    def size(self, width, height):
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 700)

    def dark(self, dark):
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path, full=False):
        """Of the window, or of the whole page. Returns (width, height)."""
        data = base64.b64decode(self.tell("Page.captureScreenshot", format="png", captureBeyondViewport=full,
                                          **({"clip": {**self.run("const d = document.documentElement; return {x: 0, y: 0, width: d.scrollWidth, height: d.scrollHeight, scale: 1}")}} if full else {}))["data"])
        with open(path, "wb") as f:
            f.write(data)
        return struct.unpack(">II", data[16:24])
