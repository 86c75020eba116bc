"""Reads what `latentlab train --tensorboard` wrote with TensorBoard's own package.

    pip install tensorboard
    latentlab train --epochs 3 --out run --tensorboard
    python scripts/check_tensorboard.py run

Checks that every epoch has its scalars, equal to the run's events.jsonl, that the images decode, and that the
projector's files fit each other.
"""

import json
import pathlib
import struct
import sys

from google.protobuf import text_format
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
    return struct.unpack(">II", data[16:24])


def main(run):
    board = run / "tensorboard"
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    epochs = [event for event in events if event.get("event") == "epoch"]
    assert epochs, "the run has no epochs"
    for folder, split in [("train", "train"), ("validation", "valid")]:
        found = EventAccumulator(str(board / folder), size_guidance={"scalars": 0}).Reload()
        for term in epochs[0][split]:
            scalars = found.Scalars(f"epoch_loss/{term}")
            assert [scalar.step for scalar in scalars] == [epoch["epoch"] for epoch in epochs], term
            for scalar, epoch in zip(scalars, epochs):
                expected = epoch[split][term]
                assert abs(scalar.value - expected) <= 1e-6 * abs(expected), (term, scalar, expected)
        print(f"{folder}: {found.Tags()['scalars']} over {len(epochs)} epochs")
    found = EventAccumulator(str(board / "figures"), size_guidance={"images": 0}).Reload()
    for tag in found.Tags()["images"]:
        for image in found.Images(tag):
            assert png_size(image.encoded_image_string) == (image.width, image.height), tag
    print(f"figures: {found.Tags()['images']}")

    config = ProjectorConfig()
    text_format.Parse((board / "projector_config.pbtxt").read_text(), config)
    (embedding,) = config.embeddings
    rows = (board / embedding.tensor_path).read_text().splitlines()
    widths = {len([float(cell) for cell in row.split("\t")]) for row in rows}
    assert len(widths) == 1
    if embedding.metadata_path:
        assert len((board / embedding.metadata_path).read_text().splitlines()) == len(rows)
    width, height = png_size((board / embedding.sprite.image_path).read_bytes())
    across, down = width // embedding.sprite.single_image_dim[0], height // embedding.sprite.single_image_dim[1]
    assert across * down >= len(rows)
    print(f"projector: {len(rows)} codes of {widths.pop()} numbers, sprite of {across} x {down} images")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
