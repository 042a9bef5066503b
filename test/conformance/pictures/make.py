"""Makes docs/pictures.md: the same requests to MapProxy (Debian's package `mapproxy`) and to Rhumb, side by side.

usage: /usr/bin/python3 test/conformance/pictures/make.py [--check]

Both servers read mapproxy.yaml, in folders of their own, and draw from the same upstream, a WMS below that makes its
pictures from etc/data/world.jpg and by drawing. Needs python3-pil and python3-numpy. With --check nothing is written; the exit
code is 1 if any picture is below its limit.
"""
import http.server, io, math, os, shutil, signal, socket, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request
import numpy
from PIL import Image, ImageDraw

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
OUT = os.path.join(ROOT, "docs", "pictures")
BUN = os.path.join(ROOT, "node_modules", ".bin", "bun")

# ---- upstream: pictures of the world in degrees -------------------------------------------------

PHOTO = Image.open(os.path.join(ROOT, "etc", "data", "world.jpg")).convert("RGB").resize((2048, 1024), Image.BICUBIC)


def draw_land():
    picture = Image.new("RGB", (4096, 2048), (168, 200, 224))
    pen = ImageDraw.Draw(picture)
    for n in range(60):
        x, y = (n * 977) % 4096, (n * 613) % 2048
        w, h = 80 + n * 37 % 500, 60 + n * 53 % 300
        color = [(244, 240, 225), (190, 214, 170), (222, 206, 178), (205, 190, 200)][n % 4]
        pen.ellipse([x - w, y - h, x + w, y + h], fill=color, outline=(120, 120, 120), width=3)
    return picture


def draw_lines():
    picture = Image.new("RGBA", (4096, 2048), (255, 255, 255, 0))
    pen = ImageDraw.Draw(picture)
    for n in range(40):
        pen.line([((n * 409 + i * 120) % 4300 - 100, (n * 331 + (i * i * 7) % 300) % 2048) for i in range(12)],
                 fill=[(200, 30, 30, 255), (30, 30, 160, 180), (20, 120, 40, 120)][n % 3], width=4 + n % 5)
    return picture


LAYERS = {"photo": PHOTO, "land": draw_land(), "lines": draw_lines()}


class Upstream(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = {k.lower(): v for k, v in urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)}
        layer = LAYERS[query["layers"]]
        west, south, east, north = map(float, query["bbox"].split(","))
        scale = layer.width / 360
        box = ((west + 180) * scale, (90 - north) * scale, (east + 180) * scale, (90 - south) * scale)
        size = int(query["width"]), int(query["height"])
        picture = layer.transform(size, Image.EXTENT, box, Image.BILINEAR)
        data = io.BytesIO()
        picture.save(data, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(data.getvalue())

    def log_message(self, *_):
        pass


# ---- the requests -------------------------------------------------------------------------------

def wms(layers, srs, bbox, size, fmt="image/png", **more):
    query = {"SERVICE": "WMS", "VERSION": "1.1.1", "REQUEST": "GetMap", "LAYERS": layers, "STYLES": "", "SRS": srs,
             "BBOX": ",".join(map(str, bbox)), "WIDTH": size[0], "HEIGHT": size[1], "FORMAT": fmt, **more}
    return "/service?" + urllib.parse.urlencode(query)


EUROPE = (-11.3, 34.2, 31.9, 61.7)
MERCATOR = (-1300000, 4000000, 3700000, 9000000)
UTM = (-300000, 4800000, 1200000, 6300000)
LAEA = (2500000, 1500000, 6500000, 5500000)

# what it shows, path, least PSNR in dB. Palettes and reprojection by a finer mesh are where two right answers differ.
REQUESTS = [
    ("A tile with a palette", "/tms/1.0.0/land/EPSG4326/2/4/2.png", 38),
    ("A JPEG tile", "/tms/1.0.0/photo/EPSG4326/2/4/2.jpeg", 45),
    ("A watermark on a tile (another font)", "/tms/1.0.0/marked/EPSG4326/2/4/2.png", 20),
    ("Bands merged to grey (MapProxy keeps 16 of the greys)", "/tms/1.0.0/grey/EPSG4326/1/2/1.png", 33),
    ("Bands swapped, with a palette", "/tms/1.0.0/swapped/EPSG4326/1/2/1.png", 32),
    ("A tile of a mixed cache", "/tms/1.0.0/mixed/EPSG4326/2/4/2.png", 30),
    ("Scaled, bilinear", wms("land", "EPSG:4326", EUROPE, (640, 400)), 34),
    ("Scaled, bicubic", wms("land_bicubic", "EPSG:4326", EUROPE, (640, 400)), 34),
    ("Scaled, nearest neighbour", wms("land_nearest", "EPSG:4326", EUROPE, (640, 400)), 34),
    ("Scaled to JPEG", wms("photo", "EPSG:4326", EUROPE, (640, 400), "image/jpeg"), 42),
    ("Scaled, 24 bits", wms("photo", "EPSG:4326", EUROPE, (640, 400), "image/png; mode=24bit"), 42),
    ("From degrees to Web Mercator", wms("photo", "EPSG:3857", MERCATOR, (500, 500), "image/png; mode=24bit"), 36),
    ("From degrees to UTM", wms("photo", "EPSG:25832", UTM, (500, 500), "image/png; mode=24bit"), 34),
    ("From Web Mercator to an equal-area system (MapProxy is up to 3 pixels off in the north)", wms("photo_3857", "EPSG:3035", LAEA, (500, 500), "image/png; mode=24bit"), 20),
    ("A source that is asked in degrees, drawn in UTM", wms("direct", "EPSG:25832", UTM, (500, 500), "image/jpeg"), 32),
    ("Transparent lines over a photograph", wms("photo,lines", "EPSG:4326", EUROPE, (640, 400)), 32),
    ("Transparent lines by themselves", wms("lines", "EPSG:4326", EUROPE, (640, 400), TRANSPARENT="true"), 30),
    ("A layer of 40 % opacity over another", wms("photo,faded", "EPSG:4326", EUROPE, (640, 400), "image/jpeg"), 40),
    ("One color made transparent, over a photograph", wms("photo,cleared", "EPSG:4326", EUROPE, (640, 400), "image/jpeg"), 36),
    ("A source clipped to its coverage (edges by a pixel)", wms("clipped", "EPSG:4326", (-40, -20, 60, 60), (500, 400), "image/jpeg", BGCOLOR="0xffe0a0"), 30),
    ("A request that reaches beyond the world, as TIFF", wms("photo", "EPSG:4326", (-200, -100, -60, 60), (350, 400), "image/tiff"), 40),
]

# ---- running ------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(name, folder, upstream):
    folder = os.path.join(folder, name)
    os.makedirs(folder)
    config = os.path.join(folder, "mapproxy.yaml")
    with open(os.path.join(HERE, "mapproxy.yaml")) as f:
        text = f.read().replace("UPSTREAM", upstream)
    with open(config, "w") as f:
        f.write(text)
    shutil.copy(os.path.join(HERE, "coverage.wkt"), folder)
    port = free_port()
    command = {
        "mapproxy": ["/usr/bin/mapproxy-util", "serve-develop", "-b", f"127.0.0.1:{port}", config],
        "rhumb": [BUN, "run", os.path.join(ROOT, "src", "server.ts"), "--config", config, "--port", str(port)],
    }[name]
    log = open(os.path.join(folder, "log"), "w")
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
    for _ in range(200):
        try:
            get(f"http://127.0.0.1:{port}/tms/1.0.0/")
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{name} did not start:\n" + open(os.path.join(folder, "log")).read())


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        sys.exit(f"{url}: status {error.code}: {error.read().decode(errors='replace')[:2000]}")


def pixels(data):
    """Samples from 0 to 255, over light grey: colors of clear pixels do not count."""
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    ground = Image.new("RGBA", picture.size, (208, 208, 208, 255))
    return numpy.asarray(Image.alpha_composite(ground, picture).convert("RGB"), dtype=float)


def psnr(a, b):
    error = ((a - b) ** 2).mean()
    return math.inf if error == 0 else 10 * math.log10(255 ** 2 / error)


def strip(theirs, ours):
    """Both pictures and eight times their difference, side by side, small."""
    difference = numpy.clip(255 - abs(theirs - ours) * 8, 0, 255)
    width = 190
    height = round(theirs.shape[0] * width / theirs.shape[1])
    sheet = Image.new("RGB", (3 * width + 10, height), (255, 255, 255))
    for i, part in enumerate((theirs, ours, difference)):
        sheet.paste(Image.fromarray(part.astype("uint8")).resize((width, height), Image.BOX), (i * (width + 5), 0))
    return sheet


def main():
    check = "--check" in sys.argv
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = f"http://127.0.0.1:{server.server_port}/wms"
    folder = tempfile.mkdtemp()
    running = []
    rows, failed = [], []
    try:
        for name in ("mapproxy", "rhumb"):
            running.append(start(name, folder, upstream))
        if not check:
            shutil.rmtree(OUT, ignore_errors=True)
            os.makedirs(OUT)
        for n, (title, path, limit) in enumerate(REQUESTS, 1):
            theirs, ours = (get(base + path) for _, base in running)
            a, b = pixels(theirs), pixels(ours)
            if a.shape != b.shape:
                sys.exit(f"{title}: sizes {a.shape[:2]} and {b.shape[:2]}")
            value = psnr(a, b)
            if value < limit:
                failed.append(title)
            text = "equal" if value == math.inf else f"{value:.1f} dB"
            print(f"{n:2} {title:55} {text:>9} limit {limit}  worst {abs(a - b).max():.0f}  bytes {len(theirs)} {len(ours)}")
            rows.append(f"| {n} | {title} | {text} | {limit} dB | {len(theirs) / 1024:.1f} | {len(ours) / 1024:.1f} | ![{title}](pictures/{n:02}.jpg) |")
            if not check:
                strip(a, b).save(os.path.join(OUT, f"{n:02}.jpg"), quality=70)
    except SystemExit:
        for name in ("mapproxy", "rhumb"):
            print(name, open(os.path.join(folder, name, "log")).read()[-1500:], file=sys.stderr)
        raise
    finally:
        for process, _ in running:
            os.killpg(process.pid, signal.SIGTERM)
        shutil.rmtree(folder, ignore_errors=True)
    if not check:
        write_page(rows)
    if failed:
        sys.exit("below their limits: " + ", ".join(failed))


def write_page(rows):
    with open(os.path.join(ROOT, "docs", "pictures.md"), "w") as f:
        f.write(f"""# The same pictures

{len(REQUESTS)} requests, answered by MapProxy 1.15 (Debian's package, with Pillow) and by Rhumb, from the same configuration and the
same upstream. Each strip shows MapProxy, Rhumb, and eight times their difference (white: none). PSNR is over all
samples, of pictures with alpha over light grey; limits are those that `make.py --check` holds us to.

Where they differ both are right: each program has its own palette for pictures of more than 256 colors, Rhumb reprojects by
a finer mesh (a quarter of a pixel instead of one), masks are cut through the middle of pixels, and text is in another font.

Made by `/usr/bin/python3 test/conformance/pictures/make.py`; the configuration is beside it.

| | request | PSNR | limit | KiB MapProxy | KiB Rhumb | MapProxy, Rhumb, difference |
|---|---|---|---|---|---|---|
""" + "\n".join(rows) + "\n")


main()
