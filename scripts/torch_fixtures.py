"""Makes the state dicts and graphs that `exchange/tests/torch_files.rs` reads, with what PyTorch makes of two images.

    pip install torch safetensors onnx onnxscript
    python3 scripts/torch_fixtures.py crates/exchange/tests/torch
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import safetensors.torch
import torch
from torch import nn


class Net(nn.Module):
    """An image with channels first is flattened, and made of a vector again; heads are told apart by name."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 4, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.log_var, self.mu = nn.Linear(4 * 3 * 2, 2), nn.Linear(4 * 3 * 2, 2)
        self.up = nn.Linear(2, 4 * 3 * 2)
        self.deconv = nn.ConvTranspose2d(4, 4, 4, 2, 1)
        self.last = nn.Conv2d(4, 3, 3, padding=1)

    def encode(self, x):
        x = torch.relu(self.norm(self.conv(x))).flatten(1)
        return self.mu(x), self.log_var(x)

    def decode(self, z):
        x = torch.relu(self.up(z)).view(-1, 4, 3, 2)
        return self.last(torch.relu(self.deconv(x)))


class Odd(nn.Module):
    """Borders that are "same" nowhere, norms, a draw."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2, 1), nn.GroupNorm(2, 4), nn.GELU(), nn.Conv2d(4, 4, 3, 2, 1), nn.SiLU(), nn.Flatten()
        )
        self.mu, self.log_var = nn.Linear(4 * 2 * 1, 2), nn.Linear(4 * 2 * 1, 2)
        self.up = nn.Linear(2, 4 * 2 * 2)
        self.decoder = nn.Sequential(
            nn.ELU(), nn.Unflatten(1, (4, 2, 2)), nn.ConvTranspose2d(4, 4, 3, 2, 1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(4, 6, 3, 2, 1, (1, 1)), nn.Conv2d(6, 3, 3, 1, (1, 0)), nn.Sigmoid()
        )

    def encode(self, x):
        x = self.encoder(x)
        return self.mu(x), self.log_var(x)

    def decode(self, z):
        return self.decoder(self.up(z))

    def forward(self, x):
        mean, log_var = self.encode(x)
        return self.decode(mean + torch.exp(0.5 * log_var) * torch.randn_like(mean))


class Encoder(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net.encode(x)


class Decoder(Encoder):
    def forward(self, x):
        return self.net.decode(x)


def without_places(file):
    """Takes out of a graph where on this machine each of its nodes was written."""
    model = onnx.load(file)
    values = [*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer]
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    for part in [model, model.graph, *model.functions, *values, *nodes]:
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, file)


def graphs(folder, net, images):
    """By both exporters, and as one graph."""
    code = torch.zeros(2, 2)
    for name, module, example in (("encoder", Encoder(net), images), ("decoder", Decoder(net), code), ("whole", net, images)):
        options = {"input_names": ["x"], "dynamic_axes": {"x": {0: "batch"}}, "opset_version": 17, "do_constant_folding": True}
        torch.onnx.export(module.eval(), (example,), folder / f"script-{name}.onnx", dynamo=False, **options)
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(module.eval(), (example,), folder / f"export-{name}.onnx", dynamo=True, dynamic_shapes=shapes, external_data=False)
        without_places(folder / f"export-{name}.onnx")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(5)
    net = Net()
    with torch.no_grad():
        for _ in range(3):  # averages off 0 and 1
            net.encode(torch.rand(8, 3, 6, 4))
    net.eval()
    torch.save(net.state_dict(), folder / "state_dict.pt")
    torch.save({"epoch": 3, "model_state_dict": copy.deepcopy(net).half().state_dict()}, folder / "checkpoint.pt")
    safetensors.torch.save_file(net.state_dict(), folder / "state_dict.safetensors")
    torch.save(nn.Sequential(nn.Linear(2, 2)), folder / "module.pt")
    images = torch.rand(2, 3, 6, 4)
    odd = Odd()
    with torch.no_grad():
        for _ in range(3):
            odd(torch.rand(8, 3, 6, 4))
        odd.eval()
        mean, log_var = net.encode(images)
        decoded = net.decode(mean)
        odd_mean, odd_log_var = odd.encode(images)
        odd_decoded = odd.decode(odd_mean)
    graphs(folder, odd, images)
    last = lambda values: np.asarray(values.permute(0, 2, 3, 1), "f8").ravel().round(7).tolist()  # noqa: E731
    flat = lambda values: np.asarray(values, "f8").ravel().round(7).tolist()  # noqa: E731
    expected = {"torch": torch.__version__, "images": last(images), "mean": flat(mean), "log_var": flat(log_var), "decoded": last(decoded)}
    expected |= {"odd_mean": flat(odd_mean), "odd_log_var": flat(odd_log_var), "odd_decoded": last(odd_decoded)}
    (folder / "expected.json").write_text(json.dumps(expected))


main()
