# SPDX-License-Identifier: BSD-3-Clause
"""Training by several ranks, as torchrun starts them: the network of one rank is that of two and of four."""
import json
import os
import socket
import subprocess
import unittest

from common import PHREATIC, SMALL, Folder, phreatic, write


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def train(study, out, count, *more):
    """Runs `count` ranks of `phreatic train` to their end; [(exit code, standard error)]"""
    port = free_port()
    ranks = []
    for rank in range(count):
        env = {**os.environ, "RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        command = [PHREATIC, "train", study, "--out", f"{out}.{rank}", "--threads", "1", "--set", "ensemble.members=1", *more]
        ranks.append(subprocess.Popen([str(c) for c in command], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
    ends = [(process.communicate(timeout=600)[1], process.returncode) for process in ranks]
    return [(code, said) for said, code in ends]


def weights(run):
    files = sorted(run.glob("model/**/member_*.safetensors"))
    return [file.read_bytes() for file in files]


class Ranks(unittest.TestCase):
    def test_one_two_and_four_ranks_train_the_same_network_and_without_dropout_its_losses_are_those_of_one_process(self):
        with Folder() as folder:
            study = write(folder, "study.yml", SMALL)
            networks = {}
            for count in (1, 2, 4):
                done = train(study, folder / f"ranks{count}", count)
                self.assertEqual([code for code, _ in done], [0] * count, done[0][1])
                for rank in range(count):
                    networks[count, rank] = weights(folder / f"ranks{count}.{rank}")
            self.assertEqual(len(networks[1, 0]), 1)
            for key, network in networks.items():
                self.assertEqual(network, networks[1, 0], key)
            # Without random numbers beside the order of windows a rank's shards are the batch of a process that trains alone.
            plain = ["--set", "model.output_dropout=0", "--set", "training.target_noise_std=0"]
            alone = phreatic("train", study, "--out", folder / "alone", "--set", "ensemble.members=1", *plain)
            self.assertEqual(alone.returncode, 0, alone.stderr)
            train(study, folder / "plain", 2, *plain)
            losses = [curve(folder / name) for name in ("alone", "plain.1")]
            for one, two in zip(*losses):
                self.assertAlmostEqual(one / two, 1, delta=1e-6)

    def test_what_several_ranks_cannot_do_is_told(self):
        with Folder() as folder:
            study = write(folder, "study.yml", SMALL)
            (code, said), = train(study, folder / "r2", 1, "--set", "loss.kind=one_minus_r2")
            self.assertEqual(code, 2, said)
            self.assertIn("no sum over entities", said)
            env = {**os.environ, "RANK": "0", "WORLD_SIZE": "many"}
            wrong = phreatic("train", study, "--out", folder / "wrong", env=env)
            self.assertEqual(wrong.returncode, 2, wrong.stderr)
            for part in ("WORLD_SIZE: 'many'", "MASTER_ADDR", "torchrun"):
                self.assertIn(part, wrong.stderr)


def curve(run):
    """Training losses by epoch of the only member."""
    (unit,) = json.loads((run / "training.json").read_text())["units"]
    (member,) = unit["members"]
    return member["training_loss"]
