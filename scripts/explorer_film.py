"""Films the explorer for docs/gallery.md: a drag over the plane, then a digit that is drawn.

    latentlab train mnist-conv-vae && latentlab explore runs/mnist-conv-vae-1
    pip install pillow                          # and chromium with chromedriver on the path
    python3 scripts/explorer_film.py runs/mnist-conv-vae-1/explorer.html docs/images/explorer.webp
"""

import base64
import io
import json
import math
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT, SHOWN = 1280, 760, 900
MILLISECONDS = 80


class Browser:
    """A window of Chromium, by the W3C's WebDriver protocol."""

    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        port = next(found[1] for found in (re.search(r"successfully on port (\d+)", line) for line in self.driver.stdout) if found)
        self.address = f"http://127.0.0.1:{port}"
        arguments = ["--headless=new", "--no-sandbox", f"--window-size={WIDTH},{HEIGHT + 140}", "--use-gl=angle"]
        arguments += ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        capabilities = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}}
        self.address += "/session/" + self.post("/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]
        frame = self.script("return [outerWidth - innerWidth, outerHeight - innerHeight]")
        self.post("/window/rect", {"width": WIDTH + frame[0], "height": HEIGHT + frame[1]})

    def post(self, path, body):
        request = urllib.request.Request(self.address + path, json.dumps(body).encode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            return json.load(answer)["value"]

    def script(self, body):
        return self.post("/execute/sync", {"script": body, "args": []})

    def pointer(self, *steps):
        kind = {"pointerType": "mouse"}
        source = {"type": "pointer", "id": "mouse", "parameters": kind, "actions": list(steps)}
        self.post("/actions", {"actions": [source]})

    def move(self, x, y):
        self.pointer({"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)})

    def frame(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.address + "/screenshot") as answer:
            picture = Image.open(io.BytesIO(base64.b64decode(json.load(answer)["value"]))).convert("RGB")
        return picture.resize((SHOWN, SHOWN * picture.height // picture.width), Image.Resampling.LANCZOS)

    def place(self, selector):
        return self.script(
            f"const b = document.querySelector('{selector}').getBoundingClientRect(); return [b.left, b.top, b.width, b.height]"
        )


def film(page):
    browser = Browser()
    frames = []
    try:
        browser.post("/url", {"url": page.resolve().as_uri()})
        while not browser.script("return document.documentElement.dataset.ready"):
            time.sleep(0.1)
        time.sleep(5)  # until the background is decoded
        left, top, width, height = browser.place("#map")
        ring = [2 * math.pi * i / 44 for i in range(45)]
        way = [
            (left + width * (0.5 + 0.26 * math.cos(t)), top + height * (0.52 + 0.3 * math.sin(t) * math.cos(0.5 * t)))
            for t in ring
        ]
        browser.move(*way[0])
        browser.pointer({"type": "pointerDown", "button": 0})
        for x, y in way:
            browser.move(x, y)
            time.sleep(0.05)
            frames.append(browser.frame())
        browser.pointer({"type": "pointerUp", "button": 0})
        browser.script("document.querySelector('#tab-draw').click()")
        time.sleep(0.5)
        left, top, width, height = browser.place("#pad")
        strokes = json.loads(Path("crates/explorer/page/tests/strokes.json").read_text())["0"]
        for stroke in strokes:
            points = [(left + x * width, top + y * height) for x, y in stroke]
            for piece in (points[i : i + 3] for i in range(0, len(points) - 1, 2)):
                (x, y), *others = piece
                at = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)} for x, y in others]
                browser.move(x, y)
                browser.pointer({"type": "pointerDown", "button": 0}, *at, {"type": "pointerUp", "button": 0})
                time.sleep(0.15)
                frames.append(browser.frame())
        time.sleep(0.6)
        frames += [browser.frame()] * 15
    finally:
        browser.driver.kill()
    return frames


def main():
    frames = film(Path(sys.argv[1]))
    first, *others = frames
    first.save(sys.argv[2], save_all=True, append_images=others, duration=MILLISECONDS, loop=0, quality=60, method=6)
    print(f"{sys.argv[2]}: {len(frames)} frames, {Path(sys.argv[2]).stat().st_size} bytes")


main()
