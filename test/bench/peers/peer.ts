/** One implementation of the same pictures, and what it tells of each. */
export type PeerName = 'blitzbild' | 'onnxruntime' | 'eager' | 'compiled';

export const titleOf: Readonly<Record<PeerName, string>> = {
  blitzbild: 'Blitzbild',
  onnxruntime: 'ONNX Runtime from Python',
  eager: 'diffusers, eager',
  compiled: 'diffusers, torch.compile',
};

export type Drawing = {
  readonly prompt: string;
  /** Of the first picture; picture i has seed + i. */
  readonly seed: number;
  readonly sidePx: number;
  readonly steps: number;
  /** 1: no classifier-free guidance, as models of few steps are used. */
  readonly guidanceScale: number;
  readonly count: number;
};

export type Drawn = {
  /** Of all `count` pictures together. */
  readonly textMs: number;
  readonly denoiseMs: number;
  readonly decodeMs: number;
  readonly totalMs: number;
  /** Of each picture, where they are made one after the other and timed. */
  readonly eachMs?: readonly number[];
  /** Inside ONNX Runtime, where that is known. */
  readonly sessionRunMs?: number;
  /** RGB, [side, side, 3] each. */
  readonly pictures: readonly Uint8Array[];
};

/** A process with the model loaded. */
export interface OpenPeer extends AsyncDisposable {
  /** The program's own parts excluded, such as Python's imports. */
  readonly loadMs: number;
  /** Where it computes, such as `cpu` or `cuda`. */
  readonly provider: string;
  draw(drawing: Drawing): Promise<Drawn>;
  /** Of the process that computes. */
  pid(): number | undefined;
}

/** Starts its process and loads the model. */
export type Peer = { readonly name: PeerName; open(): Promise<OpenPeer> };
