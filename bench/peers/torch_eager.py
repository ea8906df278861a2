"""BlockDiT in PyTorch eager, as a contestant: commands on standard input, answers on standard output (see protocol.ts).
What is opened with "device": "cuda" computes there, in fp32, tf32 or fp16."""

import json
import os
import resource
import signal
import struct
import sys
import time

import torch
import torch.nn.functional as F


def read_safetensors(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = bytearray(os.path.getsize(path) - 8 - size)
        file.readinto(data)
    kinds = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        dtype = kinds[entry["dtype"]]
        flat = torch.frombuffer(data, dtype=dtype, offset=start, count=(end - start) // dtype.itemsize)
        tensors[name] = flat.view(entry["shape"]).to(torch.get_default_device(), torch.get_default_dtype())
    return tensors


def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class BlockDit:
    """The network behind a KV cache. sigma is always 0: each adaLN condition is a constant, found once."""

    def __init__(self, folder):
        with open(f"{folder}/config.json") as file:
            config = json.load(file)
        self.w = w = read_safetensors(f"{folder}/model.safetensors")
        self.heads, self.layers = config["n_heads"], config["n_blocks"]
        self.hidden = config["hidden_size"]
        self.width = self.hidden // self.heads
        self.mask_id = w["vocab_embed.embedding"].shape[0] - 1
        sinusoid = torch.cat((torch.ones(128), torch.zeros(128)))
        c = F.linear(sinusoid, w["sigma_map.mlp.0.weight"], w["sigma_map.mlp.0.bias"])
        c = F.linear(F.silu(c), w["sigma_map.mlp.2.weight"], w["sigma_map.mlp.2.bias"])
        c = F.silu(c)
        self.modulation = [self.constants(c, f"blocks.{i}.adaLN_modulation", 6) for i in range(self.layers)]
        self.last = self.constants(c, "output_layer.adaLN_modulation", 2)
        self.frequencies = 1.0 / (10000 ** (torch.arange(0, self.width, 2).float() / self.width))

    def constants(self, c, name, count):
        return F.linear(c, self.w[f"{name}.weight"], self.w[f"{name}.bias"]).chunk(count)

    def norm(self, x, weight, shift, scale):
        return F.layer_norm(x, (self.hidden,)) * weight * (1 + scale) + shift

    def forward(self, tokens, cache, cached, answers, positions=None, mask=None):
        """Logits of the last `answers` tokens of each row; tokens [rows, n]. The keys and values of all n are written to
        `cache`, [rows, heads, room, width] in every layer, behind the `cached` ones that are there."""
        w, (rows, n) = self.w, tokens.shape
        end = cached + n
        positions = torch.arange(cached, end) if positions is None else positions
        angles = torch.outer(positions.float(), self.frequencies)
        x = F.embedding(tokens, w["vocab_embed.embedding"])
        cos, sin = (of(torch.cat((angles, angles), -1)).to(x.dtype) for of in (torch.cos, torch.sin))
        for i in range(self.layers):
            b = f"blocks.{i}"
            shift, scale, gate, mlp_shift, mlp_scale, mlp_gate = self.modulation[i]
            h = self.norm(x, w[f"{b}.norm1.weight"], shift, scale)
            qkv = F.linear(h, w[f"{b}.attn_qkv.weight"]).view(rows, n, 3, self.heads, self.width)
            q, k, v = qkv.permute(2, 0, 3, 1, 4)
            keys, values = cache[i]
            keys[:, :, cached:end] = rotate(k, cos, sin)
            values[:, :, cached:end] = v
            h = F.scaled_dot_product_attention(rotate(q, cos, sin), keys[:, :, :end], values[:, :, :end], mask)
            x = x + gate * F.linear(h.transpose(1, 2).reshape(rows, n, self.hidden), w[f"{b}.attn_out.weight"])
            h = self.norm(x, w[f"{b}.norm2.weight"], mlp_shift, mlp_scale)
            h = F.gelu(F.linear(h, w[f"{b}.mlp.0.weight"], w[f"{b}.mlp.0.bias"]), approximate="tanh")
            x = x + mlp_gate * F.linear(h, w[f"{b}.mlp.2.weight"], w[f"{b}.mlp.2.bias"])
        h = self.norm(x[:, -answers:], w["output_layer.norm_final.weight"], *self.last)
        return F.linear(h, w["output_layer.linear.weight"], w["output_layer.linear.bias"])

    def room(self, rows, tokens):
        size = (rows, self.heads, tokens, self.width)
        return [(torch.randn(size), torch.randn(size)) for _ in range(self.layers)]

    def prepare(self, rows, cached, block, read_back=False):
        cache = self.room(rows, cached + block)
        tokens = torch.full((rows, block), self.mask_id)
        if read_back:
            return lambda: self.forward(tokens, cache, cached, block).argmax(-1).cpu()
        return lambda: self.forward(tokens, cache, cached, block)


class Decoder:
    """ARPC of one row; with blocks of one token and one step, autoregression."""

    def __init__(self, model, tokens):
        self.model, self.tokens, self.milliseconds = model, tokens, 0.0
        self.cache, self.cached = model.room(1, tokens + 64), 0

    def forward(self, tokens, allowed, answers, positions):
        began = time.perf_counter()
        bias = torch.cat((torch.ones(len(tokens), self.cached, dtype=torch.bool), allowed), 1)
        positions = self.cached + torch.tensor(positions)
        logits = self.model.forward(tokens[None], self.cache, self.cached, answers, positions, bias)[0]
        self.milliseconds += (time.perf_counter() - began) * 1000
        logits[:, self.model.mask_id] = -torch.inf
        return logits

    def denoise(self, pending, block):
        p, n = len(pending), len(pending) + len(block)
        allowed = torch.ones(n, n, dtype=torch.bool).tril()
        allowed[p:] = True
        logits = self.forward(torch.cat((pending, block)), allowed, len(block), range(n))
        self.cached += p
        return logits

    def score(self, draft):
        n = len(draft)
        before = torch.ones(n, n, dtype=torch.bool).tril(-1)
        own = torch.eye(n, dtype=torch.bool)
        none = torch.zeros(n, n, dtype=torch.bool)
        allowed = torch.cat((torch.cat((before | own, none), 1), torch.cat((before, own), 1)))
        probes = torch.full((n,), self.model.mask_id)
        logits = self.forward(torch.cat((draft, probes)), allowed, n, [*range(n), *range(n)])
        return F.cross_entropy(logits, draft, reduction="none")

    def decode(self, size, steps):
        text = torch.empty(0, dtype=torch.long)
        while len(text) < self.tokens:
            block, pending = torch.full((size,), self.model.mask_id), text[self.cached :]
            for step in range(steps):
                logits = self.denoise(pending, block)
                pending = text[:0]
                drawn = torch.multinomial(logits.softmax(-1), 1)[:, 0]
                block = torch.where(block == self.model.mask_id, drawn, block)
                if step + 1 == steps:
                    break
                worst = self.score(block).topk(max(1, round(size * (1 - (step + 1) / steps)))).indices
                block[worst] = self.model.mask_id
            text = torch.cat((text, block))


def peak_bytes():
    # Kilobytes on Linux, bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def finish():
    if torch.get_default_device().type == "cuda":
        torch.cuda.synchronize()


def milliseconds_of(work):
    finish()
    began = time.perf_counter()
    work()
    finish()
    return (time.perf_counter() - began) * 1000


def seconds_each(work, times=20):
    work()
    return min(milliseconds_of(lambda: [work() for _ in range(times)]) for _ in range(3)) / times / 1000


class Contestant:
    def __init__(self):
        self.model, self.at, self.run = None, None, None

    def open(self, command):
        what = command["what"]
        torch.set_num_threads(what["threads"])
        device, numbers = what.get("device", "cpu"), what.get("numbers", "fp32")
        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError(f"torch {torch.__version__} finds no CUDA device")
        torch.set_default_device(device)
        torch.set_default_dtype(torch.float16 if numbers == "fp16" else torch.float32)
        torch.backends.cuda.matmul.allow_tf32 = numbers == "tf32"
        before, began = peak_bytes(), time.perf_counter()
        self.model = BlockDit(what["folder"])
        milliseconds = (time.perf_counter() - began) * 1000
        opened = {"milliseconds": milliseconds, "bytesBefore": before, "versions": {"torch": torch.__version__}}
        if device == "cuda":
            opened["device"] = {"name": torch.cuda.get_device_name(), "software": False}
        return opened

    def forward(self, command):
        at = command["at"]
        if self.at != at:
            self.at, self.run = None, None
            self.run = self.model.prepare(at["rows"], at["cached"], at["block"], at.get("readBack", False))
            self.at = at
        self.run()
        budget, times = command.get("budget", float("inf")), []
        while len(times) < command["repeat"] and sum(times) < budget:
            times.append(milliseconds_of(self.run))
        return {"milliseconds": times}

    def rates(self, command):
        numbers, side = (2**20, 128) if command["quick"] else (2**26, 4096)
        x, y = torch.ones(numbers), torch.empty(numbers)
        a = torch.randn(side, side)
        copied = 2 * x.nbytes / seconds_each(lambda: torch.neg(x, out=y))
        return {"bytes": copied, "operations": 2 * side**3 / seconds_each(lambda: a @ a)}

    def decode(self, command):
        decoder = Decoder(self.model, command["tokens"])
        total = milliseconds_of(lambda: decoder.decode(command["block"], command["steps"]))
        return {"milliseconds": total, "forwards": decoder.milliseconds}

    def memory(self, _):
        return {"peakBytes": peak_bytes()}


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    contestant = Contestant()
    with torch.inference_mode():
        for line in sys.stdin:
            command = json.loads(line)
            try:
                answer = getattr(contestant, command["do"])(command)
            except Exception as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)


main()
