import { benchPage, type PageText, type Section } from '../report.ts';

const text: PageText = {
  heading: 'Performance against its peers',
  command: 'npm run bench -- --peers',
  paragraphs: [
    'How long the same pictures take in Blitzbild, in diffusers with PyTorch (as it comes, and compiled by `torch.compile`) and in ONNX Runtime from Python; same machine, same run, same weights, and the pictures are compared before their times count. A ratio below 1 means that Blitzbild is faster. Targets are upper bounds; one that was not met says so.',
    'To measure all of this again: `npm run bench -- --peers`, some 25 minutes on two idle cores. The first time it also installs PyTorch, diffusers and ONNX Runtime for Python into `~/.cache/blitzbild/bench-peers` and makes the models there from a seed, which takes a few minutes, 22 GB of disk and 16 GB of memory; nothing but those packages is downloaded. It needs Python 3.10 or newer with its venv module; without it the sections say so. `--quick` takes under five minutes, draws less, leaves `torch.compile` out and writes nothing; `--only NAME` measures one section. `BLITZBILD_BENCH_CACHE` names another folder for what is made, and that folder can be removed at any time.',
    'The weights are random, since only their number and their shapes matter for time: no picture shows anything. On a machine with an NVIDIA GPU the same command also measures a model of SDXL’s full size in float16 at 1024×1024.',
  ],
};

/** The whole of docs/performance.md. */
export const performancePage = (machine: readonly (readonly [string, string])[], sections: readonly Section[]): string =>
  benchPage(text, machine, sections);
