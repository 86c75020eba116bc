"""Compares the pixels of image files as latentlab decodes them with Pillow's, pixel by pixel.

    python -m venv pictures
    pictures/bin/pip install pillow==13.0.0 numpy==2.4.6 scikit-image==0.26.0 scikit-learn==1.9.1
    cargo build --package latentlab-data --example pixels
    pictures/bin/python scripts/check_pictures.py [FOLDER …]

Files: those that this script makes (every depth, colour, interlace and transparency of PNG; JPEG baseline,
progressive, grey, CMYK and in all orientations; WebP; TIFF; BMP; GIF), those that ship in scikit-image and
scikit-learn, and those of each FOLDER, such as Tests/images of Pillow's sources. Both sides are brought to bytes
over black: transparent parts are blended, 16 bits are rounded to 8. "close" is a largest difference of at most 4
in 255 and a mean one below 1, as two sound decoders of JPEG have.

Seen with latentlab 0.1.0 (image 0.25.10), as kind: files, equal, close, other, refused (files that Pillow cannot
read, or holds for too large, are in none of the last four):

    made here, PNG        56,  56,  0, 0, 0     all depths, colours, transparencies and interlacing, by their truth
    made here, others     70,  52, 16, 0, 2     refused: TIFF of CCITT group 3, TIFF with a palette
    scikit-image          29,  24,  3, 0, 0     JPEG: largest 4, mean 0.03
    scikit-learn           2,   0,  2, 0, 0
    Pillow, PNG          421, 406,  2, 4, 0
    Pillow, JPEG          55,  10, 40, 2, 1
    Pillow, WebP          14,  14,  0, 0, 0
    Pillow, TIFF         114,  41,  9, 0, 44
    Pillow, BMP           72,  44,  3, 3, 5
    Pillow, GIF           39,  36,  0, 0, 1
    Pillow, PNM           15,  14,  0, 0, 0

Pillow's files are those of a snapshot of its repository. What remains other, by name, causes marked ? not traced:
hopper_bad_exif.jpg (equal up to row 152, then mostly grey, without an error ?; other files with restart markers are
close), app13.jpg (4 × 4 pixels, perhaps how colours of half size are enlarged ?), mmap_error.bmp (pixels begin
elsewhere ?), pal4rletrns.bmp and pal8rletrns.bmp (perhaps pixels that are left out ?), 1_trns.png (a transparent grey
of 255 in an image of 1 bit), orientation in XMP (xmp_tags_orientation.png, …_exiftool.png) or in ImageMagick's own text
(exif_imagemagick_orientation.png). Refused among TIFFs: palettes, CCITT group 3 and bits in reverse order, greys of
2, 4 and 12 bits, CIELAB, JPEG in YCbCr, signed numbers, LZMA, channels apart in tiles.
"""

import io
import struct
import subprocess
import sys
import tempfile
import warnings
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps, ImageSequence

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target" / "debug" / "examples" / "pixels"
EXTENSIONS = {
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".pnm", ".pbm",
    ".pgm", ".ppm",
}  # fmt: skip
MOST_PIXELS = 1 << 22


def colours(height=37, width=41):
    """Smooth colours with edges; odd sides, so that interlacing and blocks have remainders."""
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([255 * x / (width - 1), 255 * y / (height - 1), 127 + 120 * np.sin((x + 2 * y) / 5)], -1)
    image[8:20, 10:30] = [250, 20, 60]
    return image.round().astype(np.uint8)


# The passes of Adam7: first row and column, and the steps between (PNG specification, 8.2).
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(values, depth, kind, chunks=(), interlaced=False):
    """A PNG of `values` [height, width, channels], rows without filters."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    def rows(part):
        if 0 in part.shape:
            return b""
        if depth == 16:
            packed = part.astype(">u2").reshape(len(part), -1).view(np.uint8)
        elif depth == 8:
            packed = part.astype(np.uint8).reshape(len(part), -1)
        else:
            bits = np.unpackbits(part.astype(np.uint8).reshape(len(part), -1, 1), axis=-1)[..., 8 - depth :]
            packed = np.packbits(bits.reshape(len(part), -1), axis=-1)
        return b"".join(b"\0" + row.tobytes() for row in packed)

    height, width = values.shape[:2]
    parts = [values[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlaced else [values]
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    body = b"".join(chunk(name, content) for name, content in chunks)
    data = chunk(b"IDAT", zlib.compress(b"".join(map(rows, parts))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + data + chunk(b"IEND", b"")


def kinds():
    """Pairs of a kind's name and a file of it; those of PNG also with the bytes that they must give."""
    rgb = colours()
    grey = rgb.mean(-1).round().astype(np.uint8)
    alpha = np.linspace(0, 255, rgb.shape[1]).round().astype(np.uint8)[None].repeat(len(rgb), 0)
    over = lambda values: (values * alpha[..., None].astype(int) + 127) // 255
    made = []
    for interlaced in [False, True]:
        name = "png interlaced" if interlaced else "png"
        add = lambda kind, values, depth, colour, chunks=(), truth=None: made.append(
            (f"{name}, {kind}", ".png", png(values, depth, colour, chunks, interlaced), truth)
        )
        for depth in [1, 2, 4, 8]:
            most = 2**depth - 1
            values = grey[..., None] >> (8 - depth)
            white = values.astype(int) * 255 // most
            add(f"grey of {depth} bits", values, depth, 0, truth=white)
            hole = int(values[0, 0, 0])
            add(f"grey of {depth} bits, tRNS", values, depth, 0, [(b"tRNS", struct.pack(">H", hole))],
                np.where(values == hole, 0, white))  # fmt: skip
            palette = rgb[::5, ::5].reshape(-1, 3)[: most + 1]
            index = (grey[..., None].astype(int) * len(palette) // 256).astype(np.uint8)
            plte = (b"PLTE", palette.tobytes())
            add(f"palette of {depth} bits", index, depth, 3, [plte], palette[index[..., 0]])
            holes = np.linspace(0, 255, len(palette)).astype(np.uint8)[: len(palette) // 2 + 1]
            full = np.concatenate([holes, np.full(len(palette) - len(holes), 255, np.uint8)]).astype(int)[index]
            add(f"palette of {depth} bits, tRNS", index, depth, 3, [plte, (b"tRNS", holes.tobytes())],
                (palette[index[..., 0]] * full + 127) // 255)  # fmt: skip
        deep = rgb.astype(np.uint16) * 257 - (rgb.astype(np.uint16) % 7) * 11
        rounded = lambda values: np.rint(values / 257).astype(int)
        add("grey of 16 bits", deep[..., :1], 16, 0, truth=rounded(deep[..., :1]))
        add("rgb of 16 bits", deep, 16, 2, truth=rounded(deep))
        add("rgb", rgb, 8, 2, truth=rgb)
        first = rgb[0, 0]
        add("rgb, tRNS", rgb, 8, 2, [(b"tRNS", struct.pack(">3H", *map(int, first)))],
            np.where((rgb == first).all(-1, keepdims=True), 0, rgb))  # fmt: skip
        add("rgb, gAMA", rgb, 8, 2, [(b"gAMA", struct.pack(">I", 100_000))], rgb)
        add("grey and alpha", np.dstack([grey, alpha]), 8, 4, truth=over(grey[..., None]))
        add("rgb and alpha", np.dstack([rgb, alpha]), 8, 6, truth=over(rgb))
        wide = alpha.astype(np.uint16) * 257
        add("rgb and alpha of 16 bits", np.dstack([rgb.astype(np.uint16) * 257, wide]), 16, 6, truth=over(rgb))

    picture, grey, rgba = Image.fromarray(rgb), Image.fromarray(grey), Image.fromarray(np.dstack([rgb, alpha]))

    def save(kind, image, extension, kind_of_file, **options):
        out = io.BytesIO()
        image.save(out, kind_of_file, **options)
        made.append((kind, extension, out.getvalue(), None))

    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x112] = orientation
        save("jpeg, orientations 1 to 8", picture, ".jpg", "JPEG", quality=95, exif=exif.tobytes())
        save("png, orientations 1 to 8", picture, ".png", "PNG", exif=exif.tobytes())
        save("webp, orientations 1 to 8", picture, ".webp", "WEBP", lossless=True, exif=exif.tobytes())
        save("tiff, orientations 1 to 8", picture, ".tif", "TIFF", tiffinfo={0x112: orientation})
    for sampling in [0, 1, 2]:
        save("jpeg, subsampled 0 to 2", picture, ".jpg", "JPEG", quality=90, subsampling=sampling)
    save("jpeg, progressive", picture, ".jpg", "JPEG", quality=90, progressive=True)
    save("jpeg, grey", grey, ".jpg", "JPEG", quality=90)
    save("jpeg, cmyk", picture.convert("CMYK"), ".jpg", "JPEG", quality=95)
    save("webp, lossy", picture, ".webp", "WEBP", quality=80)
    save("webp, lossless", picture, ".webp", "WEBP", lossless=True)
    save("webp, alpha", rgba, ".webp", "WEBP", lossless=True, exact=True)
    save("webp, lossy alpha", rgba, ".webp", "WEBP", quality=80)
    for compression in [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"]:
        for image in [picture, grey]:
            save(f"tiff, {compression or 'plain'}", image, ".tif", "TIFF", compression=compression)
    for compression in ["group3", "group4", None]:
        save(f"tiff, 1 bit, {compression or 'plain'}", grey.convert("1"), ".tif", "TIFF", compression=compression)
    words = np.asarray(grey).astype(np.uint16) * 257
    save("tiff, grey of 16 bits", Image.fromarray(words), ".tif", "TIFF")
    save("tiff, alpha", rgba, ".tif", "TIFF")
    save("tiff, palette", picture.quantize(64), ".tif", "TIFF")
    save("tiff, cmyk", picture.convert("CMYK"), ".tif", "TIFF")
    save("tiff, pages", picture, ".tif", "TIFF", save_all=True, append_images=[ImageOps.flip(picture), picture])
    for mode in ["1", "L", "P", "RGB", "RGBA"]:
        save(f"bmp, {mode}", rgba if mode == "RGBA" else picture.convert(mode), ".bmp", "BMP")
    save("gif", picture.quantize(64), ".gif", "GIF")
    save("gif, moving", picture.quantize(64), ".gif", "GIF", save_all=True, append_images=[grey.quantize(16)])
    for image, extension in [(picture, ".ppm"), (grey, ".pgm"), (grey.convert("1"), ".pbm")]:
        save("pnm", image, extension, "PPM")
    return made


def bytes_of(image):
    """Pillow's pixels [height, width, 3] over black, upright."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ["I;16", "I;16B", "I;16L", "I"]:
        values = np.asarray(image).astype(float)
        return np.rint(values / 257).clip(0, 255).astype(int)[..., None].repeat(3, -1)
    if image.mode in ["LA", "PA", "RGBA"] or "transparency" in image.info:
        values = np.asarray(image.convert("RGBA")).astype(int)
        return (values[..., :3] * values[..., 3:] + 127) // 255
    if image.mode == "F":
        raise ValueError("floats")
    return np.asarray(image.convert("RGB")).astype(int)


def reference(path):
    """The images of a file: all pages of a TIFF, else the first."""
    with Image.open(path) as image:
        if image.size[0] * image.size[1] > MOST_PIXELS:
            raise ValueError("too large to compare")
        if image.format == "TIFF":
            pages = []
            for page in ImageSequence.Iterator(image):
                if not page.tag_v2.get(254, 0) & 1:
                    pages.append(bytes_of(page.copy() if image.n_frames > 1 else page))
            return pages
        image.load()
        return [bytes_of(image)]


def difference(ours, theirs):
    if len(ours) != len(theirs):
        return f"{len(ours)} images, Pillow has {len(theirs)}"
    worst, total, count = 0, 0.0, 0
    for mine, other in zip(ours, theirs):
        mine = mine.astype(int)
        if mine.shape[-1] == 1 and other.shape[-1] == 3:
            mine = mine.repeat(3, -1)
        if mine.shape != other.shape:
            return f"{mine.shape}, Pillow has {other.shape}"
        apart = np.abs(mine - other)
        worst, total, count = max(worst, int(apart.max())), total + float(apart.sum()), count + apart.size
    return worst, total / count


def compare(files, quiet=True):
    """A line for each kind; gives the files that differ."""
    differing = []
    with tempfile.TemporaryDirectory() as folder:
        found = defaultdict(list)
        # Few at a time, so that one that ends the program is found.
        for start in range(0, len(files), 200):
            part = files[start : start + 200]
            run = subprocess.run([PROGRAM, folder, *[path for _, path, _ in part]], capture_output=True, text=True)
            if run.returncode != 0:
                sys.exit(f"{PROGRAM.name} failed: {run.stderr}")
            for line, (kind, path, truth) in zip(run.stdout.splitlines(), part):
                number, images, *reason = line.split("\t")
                names = [Path(folder) / f"{number}-{page}.npy" for page in range(int(images))]
                ours = [np.load(name) for name in names]
                for name in names:
                    name.unlink()
                try:
                    theirs = [np.broadcast_to(truth, ours[0].shape)] if truth is not None and ours else reference(path)
                except Exception as error:  # what Pillow cannot read is compared with nothing
                    theirs = None
                    found[kind].append(("alone" if ours else "neither", path, str(error)))
                    continue
                found[kind].append(
                    ("compared", path, difference(ours, theirs)) if ours else ("refused", path, reason[0].split(": ", 1)[1])
                )
    print(f"{'kind':40} files equal close other largest    mean  refused")
    for kind, results in sorted(found.items()):
        measured = [result for what, _, result in results if what == "compared" and isinstance(result, tuple)]
        equal = sum(worst == 0 for worst, _ in measured)
        close = sum(0 < worst <= 4 and mean < 1 for worst, mean in measured)
        refused = [(path, reason) for what, path, reason in results if what == "refused"]
        compared = sum(what == "compared" for what, *_ in results)
        largest = max((worst for worst, _ in measured), default=0)
        mean = np.mean([mean for _, mean in measured]) if measured else 0
        print(f"{kind:40} {len(results):5} {equal:5} {close:5} {compared - equal - close:5} {largest:7} {mean:7.3f}  {len(refused):7}")
        for path, reason in refused:
            differing.append(f"refused  {path.name}: {reason}")
        for what, path, result in results:
            if what == "compared" and (not isinstance(result, tuple) or result[0] > 4 or result[1] >= 1):
                differing.append(f"differs  {path.name}: {result}")
    return differing


def main():
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    files = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (kind, extension, content, truth) in enumerate(kinds()):
            path = Path(folder) / f"{number}-{kind.replace(' ', '-').replace(',', '')}{extension}"
            path.write_bytes(content)
            files.append((kind, path, truth))
        print("\n".join(compare(files)))
    import skimage
    import sklearn

    folders = [Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets" / "images"]
    for folder in folders + [Path(argument) for argument in sys.argv[1:]]:
        here = sorted(path for path in folder.rglob("*") if path.suffix.lower() in EXTENSIONS)
        print(f"\n{folder}: {len(here)} files")
        print("\n".join(compare([(path.suffix.lower(), path, None) for path in here])))


if __name__ == "__main__":
    main()
