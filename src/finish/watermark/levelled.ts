/** What varies within a few units of the plane, the less of it the louder it is: [height, width]. The mark is heard best where it is quiet. */
export const levelled = (luma: Float32Array, width: number, height: number, unit: number): Float32Array => {
  const radius = Math.max(1, Math.round(4 * unit));
  const mean = boxMean(luma, width, height, radius);
  const detail = boxMean(luma, width, height, Math.max(0, Math.round(0.5 * unit - 0.5)));
  for (let at = 0; at < detail.length; at++) detail[at]! -= mean[at]!;
  const loud = boxMean(
    detail.map((value) => value * value),
    width,
    height,
    radius,
  );
  for (let at = 0; at < detail.length; at++) detail[at]! /= (loud[at]! + 1) ** 0.75;
  return detail;
};

/** Mean over a square of 2 · radius + 1 pixels, of what there is of it at the edges. */
function boxMean(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  if (radius === 0) return values.slice();
  return alongColumns(alongRows(values, width, height, radius), width, height, radius);
}

function alongRows(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const means = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    let count = 0;
    for (let x = 0; x < Math.min(radius, width); x++, count++) sum += values[row + x]!;
    for (let x = 0; x < width; x++) {
      if (x + radius < width) {
        sum += values[row + x + radius]!;
        count += 1;
      }
      if (x - radius > 0) {
        sum -= values[row + x - radius - 1]!;
        count -= 1;
      }
      means[row + x] = sum / count;
    }
  }
  return means;
}

function alongColumns(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const means = new Float32Array(values.length);
  const sums = new Float64Array(width);
  let count = 0;
  for (let y = 0; y < Math.min(radius, height); y++, count++) for (let x = 0; x < width; x++) sums[x]! += values[y * width + x]!;
  for (let y = 0; y < height; y++) {
    if (y + radius < height) {
      for (let x = 0; x < width; x++) sums[x]! += values[(y + radius) * width + x]!;
      count += 1;
    }
    if (y - radius > 0) {
      for (let x = 0; x < width; x++) sums[x]! -= values[(y - radius - 1) * width + x]!;
      count -= 1;
    }
    for (let x = 0; x < width; x++) means[y * width + x] = sums[x]! / count;
  }
  return means;
}
