"""Writes test/pictures/pillow.json: small picture files of many kinds and the pixels that Pillow gives them.

Run with Pillow and numpy: python scripts/reference/pictures.py
Rules that are ours: 16 bits are divided by 257, fractions from 0 to 1 multiplied by 255, other values
outside 0..255 stretched from their least to their greatest; what is transparent lies on white.
"""

import base64
import io
import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HEIGHT, WIDTH = 6, 8
ramp = np.linspace(0, 1, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)
colours = np.stack([ramp * 255, 255 - ramp * 255, np.full_like(ramp, 90)], -1).astype(np.uint8)
rgb = Image.fromarray(colours)
grey = Image.fromarray((ramp * 255).astype(np.uint8))
bits = Image.fromarray((ramp * 255).astype(np.uint8) > 128)

cases = []
refused = []


def file_of(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def on_white(image):
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))


def add(name, data, pixels=None, tolerance=1, stretched=False):
    """Without given pixels, Pillow's own of the file, upright and on white."""
    if pixels is None:
        pixels = on_white(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, -1)
    height, width, _ = pixels.shape
    cases.append(
        {
            "name": name,
            "file": base64.b64encode(data).decode(),
            "size": [width, height],
            "pixels": base64.b64encode(np.rint(pixels).astype(np.uint8).tobytes()).decode(),
            "tolerance": tolerance,
            "stretched": stretched,
        }
    )


def refuse(name, data):
    refused.append({"name": name, "file": base64.b64encode(data).decode()})


def tiff(values, sample_format, photometric):
    """An uncompressed TIFF of one strip."""
    height, width = values.shape[:2]
    samples = values.shape[2] if values.ndim == 3 else 1
    body = values.tobytes()
    at_bits = 8 + len(body)
    at_formats = at_bits + 2 * samples
    bits_each = struct.pack("<H", values.itemsize * 8) * samples
    formats = struct.pack("<H", sample_format) * samples
    inline = lambda packed: packed.ljust(4, b"\0")
    entries = [
        (256, 3, 1, inline(struct.pack("<H", width))),
        (257, 3, 1, inline(struct.pack("<H", height))),
        (258, 3, samples, struct.pack("<I", at_bits) if samples > 2 else inline(bits_each)),
        (259, 3, 1, inline(struct.pack("<H", 1))),
        (262, 3, 1, inline(struct.pack("<H", photometric))),
        (273, 4, 1, struct.pack("<I", 8)),
        (277, 3, 1, inline(struct.pack("<H", samples))),
        (278, 3, 1, inline(struct.pack("<H", height))),
        (279, 4, 1, struct.pack("<I", len(body))),
        (339, 3, samples, struct.pack("<I", at_formats) if samples > 2 else inline(formats)),
    ]
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    start = at_formats + 2 * samples
    return b"II*\0" + struct.pack("<I", start) + body + bits_each + formats + directory + b"\0" * 4


def without_segment(jpeg, marker):
    at = jpeg.index(b"\xff" + bytes([marker]))
    return jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big") :]


def stretch(values):
    return (values - values.min()) / (values.max() - values.min()) * 255


# Values of other ranges.
add("float TIFF from 0 to 1", file_of(Image.fromarray(ramp), "TIFF"), ramp * 255)
add("float TIFF from 0 to 255", file_of(Image.fromarray(ramp * 255), "TIFF"), ramp * 255)
wide = ramp * 300 - 20
add("float TIFF from -20 to 280", file_of(Image.fromarray(wide), "TIFF"), stretch(wide), stretched=True)
many = (ramp * 100_000).astype(np.int32)
add("TIFF of 32-bit integers", file_of(Image.fromarray(many), "TIFF"), stretch(many), stretched=True)
fractions = np.stack([ramp, 1 - ramp, np.full_like(ramp, 0.35)], -1)
add("float RGB TIFF", tiff(fractions, 3, 2), fractions * 255)
refuse("64-bit", tiff(ramp.astype(np.float64), 3, 1))
refuse("signed 16-bit", tiff((ramp * 2000 - 1000).astype(np.int16), 2, 1))
deep = (ramp * 65_535).astype(np.uint16)
add("16-bit TIFF", file_of(Image.fromarray(deep), "TIFF"), deep / 257)
add("16-bit PNG", file_of(Image.fromarray(deep), "PNG"), deep / 257)
dark = (ramp * 4095).astype(np.uint16)
add("16-bit TIFF of a 12-bit camera", file_of(Image.fromarray(dark), "TIFF"), dark / 257)
deep_rgb = (fractions * 65_535).astype(np.uint16)
add("16-bit RGB TIFF", tiff(deep_rgb, 1, 2), deep_rgb / 257)

# Other inks, few colours, opacity.
inks = rgb.convert("CMYK")
jpeg = file_of(inks, "JPEG", quality=100)
add("CMYK JPEG as Adobe writes it", jpeg)
add("CMYK JPEG without Adobe's marker", without_segment(jpeg, 0xEE))
add("CMYK TIFF", file_of(inks, "TIFF"))
add("1-bit TIFF", file_of(bits, "TIFF"))
add("1-bit TIFF as faxes have it", file_of(bits, "TIFF", compression="group4"))
add("TIFF with white at 0", tiff(np.asarray(grey), 1, 0), 255 - np.asarray(grey))
few = rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
add("TIFF with a palette", file_of(few, "TIFF"))
add("LZW TIFF", file_of(rgb, "TIFF", compression="tiff_lzw"))
half = Image.fromarray(np.stack([ramp * 255, 255 - ramp * 200], -1).astype(np.uint8), "LA")
add("PNG of grey and opacity", file_of(half, "PNG"), tolerance=2)
add("PNG with a transparent palette entry", file_of(few, "PNG", transparency=0))
add("grey PNG", file_of(grey, "PNG"))
add("1-bit PNG", file_of(bits, "PNG"))

# Several pictures in one file: the first counts. Orientation.
frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("#c83232", "#3232c8")]
add("animated GIF", file_of(frames[0], "GIF", save_all=True, append_images=frames[1:]))
webp = file_of(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
add("animated WebP", webp)
exif = Image.Exif()
exif[0x0112] = 6
add("JPEG on its side", file_of(rgb, "JPEG", exif=exif, quality=95, subsampling=0), tolerance=2)

# Windows bitmaps.
for name, image in {"1-bit": bits, "8-bit grey": grey, "8-bit": few, "24-bit": rgb, "32-bit": rgb.convert("RGBA")}.items():
    data = file_of(image, "BMP")
    add(f"{name} bitmap", data, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
top_down = bytearray(file_of(rgb, "BMP"))
struct.pack_into("<i", top_down, 22, -HEIGHT)
add("bitmap from top to bottom", bytes(top_down))


def bitmap(bits, compression, table, body, masks=b""):
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, bits, compression, len(body), 0, 0, len(table) // 4, 0)
    start = 14 + len(header) + len(masks) + len(table)
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + header + masks + table + body


table = np.stack([np.arange(16) * 17, 255 - np.arange(16) * 17, np.full(16, 60), np.zeros(16)], -1)
table = table.astype(np.uint8).tobytes()
runs = b"".join(bytes([5, row, 0, 3, 9, 10, 11, 0, 0, 0]) for row in range(HEIGHT)) + b"\0\1"
add("8-bit bitmap of runs", bitmap(8, 1, table, runs))
# Pillow drops the last colour of an odd number of given ones: four are given.
runs = b"".join(bytes([4, 16 * row + 1, 0, 4, 0x9A, 0xBC, 0, 0]) for row in range(HEIGHT)) + b"\0\1"
add("4-bit bitmap of runs", bitmap(4, 2, table, runs))
nibbles = bytes((16 * ((at + row) % 16) + (3 * at) % 16) for row in range(HEIGHT) for at in range(WIDTH // 2))
add("4-bit bitmap", bitmap(4, 0, table, nibbles))
words = np.asarray([(at * 997) % 65_536 for at in range(HEIGHT * WIDTH)], "<u2").tobytes()
add("16-bit bitmap", bitmap(16, 0, b"", words))
masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
add("16-bit bitmap with masks", bitmap(16, 3, b"", words, masks))

target = Path(__file__).parents[2] / "test" / "pictures" / "pillow.json"
target.write_text(json.dumps({"cases": cases, "refused": refused}, indent=1) + "\n")
print(f"{len(cases)} pictures, {target.stat().st_size} bytes")
