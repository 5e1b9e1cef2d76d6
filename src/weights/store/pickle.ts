/**
 * Files that run code when they are read: Python pickles. They are never downloaded and never converted. `.pb` and `.onnx_data`
 * hold the weights of an ONNX graph and are none.
 */
export const isPickle = (path: string): boolean => /\.(bin|ckpt|pt|pth|pkl|pickle)$/i.test(path);

export const isSafetensors = (path: string): boolean => /\.safetensors$/i.test(path);
